// Small choices of this browser; inside an iframe the storage may be closed, then they last for the page.
const memory = new Map();

export const read = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
};

export const write = (key, value) => {
  memory.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // Kept in memory above.
  }
};

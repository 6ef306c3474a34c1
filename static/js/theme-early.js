// Runs before the first paint: marks that scripts run and sets the chosen theme, so that no page flashes.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  if ("themeFixed" in root.dataset) return;
  let choice = null;
  try {
    choice = localStorage.getItem("theme");
  } catch {
    // Storage may be closed inside an iframe; the system's theme then rules.
  }
  if (choice === "light" || choice === "dark") root.dataset.themeChoice = choice;
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.bsTheme = dark ? "dark" : "light";
})();

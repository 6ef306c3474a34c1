// Words to the reader: for the ear alone, or in a toast that the eye sees too.

export const announce = (text) => {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  // A new frame, or the same words twice would be heard once.
  requestAnimationFrame(() => { region.textContent = text; });
};

export const toast = (text) => {
  const region = document.getElementById("toasts");
  const item = document.getElementById("toast-template")?.content.firstElementChild?.cloneNode(true);
  if (!region || !item || [...region.children].some((other) => other.innerText.trim() === text)) return;
  item.querySelector("p").textContent = text;
  region.append(item);
};

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
});

// Menus are native <details>: they close on Escape, on a click elsewhere, and turn inward at the screen's edge.
const close = (menu) => { menu.open = false; };

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) close(menu);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  close(menu);
  menu.querySelector("summary").focus();
});

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.("details.menu") || !menu.open) return;
  const list = menu.querySelector(".menu-list");
  if (list.getBoundingClientRect().right > document.documentElement.clientWidth) menu.classList.add("menu-end");
  if (menu.closest(".chip")) list.querySelector("input:not([type=hidden]), button")?.focus();
}, true);

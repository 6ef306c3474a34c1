// Many accounts: the search in the switcher leaves those in whose line every word occurs.
const show = (switcher, words) => {
  let found = 0;
  for (const line of switcher.querySelectorAll("li")) {
    const text = line.textContent.toLowerCase();
    line.hidden = !words.every((word) => text.includes(word));
    if (!line.hidden) found += 1;
  }
  switcher.querySelector("[data-switcher-none]").hidden = found > 0;
};

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-switcher-search]")) return;
  show(event.target.closest(".switcher"), event.target.value.toLowerCase().split(/\s+/).filter(Boolean));
});

document.addEventListener("keydown", (event) => {
  const switcher = event.target.closest?.("details.menu[open]")?.querySelector(".switcher");
  if (!switcher) return;
  const links = [...switcher.querySelectorAll("li:not([hidden]) a")];
  if (event.key === "Enter" && event.target.matches("[data-switcher-search]")) links[0]?.click();
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  const at = links.indexOf(event.target);
  links[event.key === "ArrowDown" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0)]?.focus();
});

document.addEventListener("toggle", (event) => {
  const search = event.target.open && event.target.querySelector?.("[data-switcher-search]");
  if (search) search.focus();
}, true);

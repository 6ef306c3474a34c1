// The theme button goes round system, light, dark; charts listen to "themechange".
import { announce } from "./speak.js";
import { read, write } from "./storage.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const choices = ["system", "light", "dark"];
const chosen = () => (choices.includes(read("theme")) ? read("theme") : "system");

const show = () => {
  if ("themeFixed" in root.dataset) return;
  const choice = chosen();
  root.dataset.bsTheme = choice === "dark" || (choice === "system" && system.matches) ? "dark" : "light";
  if (choice === "system") delete root.dataset.themeChoice;
  else root.dataset.themeChoice = choice;
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.setAttribute("aria-label", `Theme: ${choice}`);
    button.title = `Theme: ${choice}`;
  }
  document.dispatchEvent(new CustomEvent("themechange"));
};

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  write("theme", choices[(choices.indexOf(chosen()) + 1) % choices.length]);
  show();
  announce(`Theme: ${chosen()}`);
});
system.addEventListener("change", show);
show();

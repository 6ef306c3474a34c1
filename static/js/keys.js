// Keyboard shortcuts; the help dialog lists them and turns them off.
import { announce } from "./speak.js";
import { read, write } from "./storage.js";

const enabled = () => read("keys") !== "off";
const typing = (element) => element.closest?.("input, textarea, select, [contenteditable], dialog[open]");
const rows = () => [...document.querySelectorAll("table.list a.row-link")].filter((link) => link.offsetParent);
let awaitingPlace = 0;

const step = (by) => {
  const links = rows();
  if (!links.length) return;
  const row = document.activeElement?.closest("tr");
  const here = links.findIndex((link) => link.closest("tr") === row);
  const next = links[Math.max(0, Math.min(links.length - 1, here < 0 ? 0 : here + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
};

const go = (key) => document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click();

const deeds = {
  "/": () => (document.querySelector("[data-list-search]") ?? document.querySelector("[data-global-search]"))?.select(),
  "?": () => document.getElementById("help")?.showModal(),
  j: () => step(1),
  k: () => step(-1),
  g: () => { awaitingPlace = performance.now(); },
};

document.addEventListener("keydown", (event) => {
  if (!enabled() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target)) return;
  if (awaitingPlace && performance.now() - awaitingPlace < 1500) {
    awaitingPlace = 0;
    go(event.key);
    return;
  }
  const deed = deeds[event.key];
  if (!deed) return;
  event.preventDefault();
  deed();
});

const keysSwitch = document.querySelector("[data-keys-switch]");
if (keysSwitch) {
  keysSwitch.checked = enabled();
  keysSwitch.addEventListener("change", () => {
    write("keys", keysSwitch.checked ? "on" : "off");
    announce(`Keyboard shortcuts are ${keysSwitch.checked ? "on" : "off"}`);
  });
}

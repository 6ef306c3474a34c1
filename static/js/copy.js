// Buttons that copy a value, and say so.
import { announce } from "./speak.js";

const value = (button) =>
  "copyFrom" in button.dataset ? button.nextElementSibling.textContent : button.dataset.copy;

// Inside an iframe the clipboard API may be refused; a selection and the old command still work there.
const copySelected = (text) => {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
};

const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const copied = await copy(value(button));
  button.focus();
  announce(copied ? "Copied" : "Copying was refused by the browser");
  if (!copied) return;
  button.dataset.copied = "";
  setTimeout(() => delete button.dataset.copied, 1500);
});

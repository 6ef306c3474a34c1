// Native dialogs where the browser lacks invoker commands, and forms that are sent once.
const invokers = "commandForElement" in HTMLButtonElement.prototype;

document.addEventListener("click", (event) => {
  if (event.target instanceof HTMLDialogElement) event.target.close();
  const button = event.target.closest("button[commandfor]");
  if (!button || invokers) return;
  const dialog = document.getElementById(button.getAttribute("commandfor"));
  if (button.getAttribute("command") === "close") dialog?.close();
  else dialog?.showModal();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-once]")) return;
  const button = event.submitter;
  // After this event, or the button's own name and value would not be sent.
  if (button) setTimeout(() => { button.disabled = true; });
});

// Coming back to a page that was kept whole, its buttons must work again.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-once] [type=submit]")) button.disabled = false;
});

// What has just arrived and asks for the focus, such as a summary of errors, gets it once.
const giveFocus = () => {
  const arrived = document.querySelector("[data-takes-focus]");
  arrived?.removeAttribute("data-takes-focus");
  arrived?.focus();
};
document.addEventListener("htmx:after:swap", giveFocus);
giveFocus();

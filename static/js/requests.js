// What the reader sees while htmx asks and when the answer is bad: the stale content stays, a toast explains.
import { announce, toast } from "./speak.js";

const polls = (context) => context?.sourceElement?.getAttribute("hx-trigger")?.startsWith("every");
const target = (context) => (context?.target instanceof Element ? context.target : null);

const inUse = "details[open], input:focus, select:focus";

document.addEventListener("htmx:before:request", (event) => {
  const { detail } = event;
  if (polls(detail.ctx)) {
    // A list does not renew itself under somebody's hands.
    if (detail.ctx.sourceElement.querySelector(inUse)) event.preventDefault();
    return;
  }
  document.documentElement.classList.add("loading");
  target(detail.ctx)?.setAttribute("aria-busy", "true");
});

document.addEventListener("htmx:finally:request", ({ detail }) => {
  if (polls(detail.ctx)) return;
  document.documentElement.classList.remove("loading");
  target(detail.ctx)?.removeAttribute("aria-busy");
});

document.addEventListener("htmx:after:swap", ({ detail }) => {
  const id = target(detail.ctx)?.id;
  const count = id && document.getElementById(id)?.querySelector(".pager-count, .empty-title");
  if (count) announce(count.textContent.trim());
});

document.addEventListener("htmx:response:error", ({ detail }) => {
  if (polls(detail.ctx)) return;
  const status = detail.ctx?.response?.raw?.status ?? detail.ctx?.response?.status;
  if (status === 429) toast("Too many requests. Wait a moment, then try again.");
  else if (status >= 500) toast("The server could not answer. What you see is from before; try again.");
});

document.addEventListener("htmx:error", ({ detail }) => {
  if (!polls(detail.ctx)) toast("No connection to the server. What you see is from before; try again.");
});

// Between the frame and the portal around it: sign-in, route, height and theme, by messages to and from it alone.

const place = document.getElementById("portal");
const { prefix, launchUrl, renewUrl, leaveUrl } = place.dataset;
const portals = place.dataset.portals.split(" ").filter(Boolean);
const framed = window.parent !== window;
const state = document.querySelector("[data-embed-state]")?.dataset.embedState ?? "open";

const ANSWER_MS = 5_000;
const LEAD_SECONDS = 60;
const LONGEST_TIMER_MS = 2_000_000_000;

// Of several portals only the one around us hears it; nobody else may.
const tell = (type, told = {}) => {
  if (!framed) return;
  for (const portal of portals) window.parent.postMessage({ type: `dashboard:${type}`, ...told }, portal);
};

// A token for whoever is signed in to the portal.

let waiting = [];

const askForToken = (reason) => new Promise((resolve, reject) => {
  if (!framed) {
    reject(new Error("There is no portal around this window."));
    return;
  }
  const question = { resolve, reason };
  const timer = setTimeout(() => {
    waiting = waiting.filter((each) => each !== question);
    reject(new Error("The portal does not answer."));
  }, ANSWER_MS);
  question.resolve = (token) => { clearTimeout(timer); resolve(token); };
  waiting.push(question);
  tell("token-wanted", { reason });
});

// Renewal: the page stays as it is.

let renewTimer;
let overNotice;

const csrfToken = () => JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}")["X-CSRFToken"] ?? "";

const post = (url, fields = {}) => fetch(url, {
  method: "POST",
  body: new URLSearchParams(fields),
  headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
  credentials: "same-origin",
});

const sayOver = () => {
  tell("ended");
  if (overNotice?.isConnected) return;
  const notice = document.getElementById("embed-over")?.content.firstElementChild;
  if (!notice || state !== "open") return;
  overNotice = notice.cloneNode(true);
  overNotice.setAttribute("role", "alert");
  document.getElementById("main").prepend(overNotice);
};

const renewWith = async (token) => {
  const answer = await post(renewUrl, { token });
  if (!answer.ok) throw new Error(`Refused: ${answer.status}`);
  const { seconds } = await answer.json();
  overNotice?.remove();
  renewIn(seconds);
  tell("renewed", { seconds });
  return seconds;
};

let renewing = null;

const renew = () => {
  renewing ??= askForToken("renew").then(renewWith).catch((error) => { sayOver(); throw error; })
    .finally(() => { renewing = null; });
  return renewing;
};

const quietly = (promise) => promise.catch(() => {});

function renewIn(seconds) {
  clearTimeout(renewTimer);
  const lead = Math.min(LEAD_SECONDS, seconds / 2);
  renewTimer = setTimeout(() => quietly(renew()), Math.min((seconds - lead) * 1_000, LONGEST_TIMER_MS));
}

// A window of its own has cookies of its own: it begins with a token of its own.

const say = (text) => {
  for (const region of document.querySelectorAll("[data-embed-said]")) region.textContent = text;
};

const openWindow = async (path) => {
  try {
    const token = await askForToken("window");
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: launchUrl, target: "_blank", hidden: true, rel: "noopener" });
    for (const [name, value] of Object.entries({ token, path })) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    document.body.append(form);
    form.submit();
    form.remove();
  } catch {
    say("ATOM does not answer. Open it again from ATOM.");
    sayOver();
  }
};

// Where we are, as the portal writes it: without the prefix.

const pathHere = () => {
  const wanted = new URLSearchParams(location.search).get("to");
  if (state === "no-cookie") return wanted?.startsWith("/") ? wanted : "/";
  return (location.pathname.slice(prefix.length) || "/") + location.search;
};

const urlInside = (path) => {
  if (typeof path !== "string" || !path.startsWith("/") || path.startsWith("//")) return null;
  let url;
  try {
    url = new URL(prefix + path, location.origin);
  } catch {
    return null;
  }
  return url.origin === location.origin && url.pathname.startsWith(`${prefix}/`) ? url : null;
};

let toldPath;

const tellRoute = () => {
  if (state !== "open" || pathHere() === toldPath) return;
  toldPath = pathHere();
  tell("route", { path: toldPath, title: document.title });
};

let toldHeight;

const tellHeight = () => {
  const app = document.querySelector(".app");
  const height = app ? Math.ceil(app.getBoundingClientRect().height) : 0;
  if (!height || height === toldHeight) return;
  toldHeight = height;
  tell("height", { height });
};

// What the portal may ask of us.

const deeds = {
  "dashboard:token": ({ token }) => {
    if (typeof token !== "string") return;
    const asked = waiting;
    waiting = [];
    // A token works once: who asked first gets it, the others ask again.
    if (asked.length) {
      asked[0].resolve(token);
      for (const other of asked.slice(1)) {
        waiting.push(other);
        tell("token-wanted", { reason: other.reason });
      }
    } else {
      quietly(renewWith(token).then(reloadIfEnded));
    }
  },
  "dashboard:open": ({ path }) => {
    const url = urlInside(path);
    if (url) location.assign(url);
  },
  "dashboard:theme": ({ theme }) => {
    const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    if (!["light", "dark", "system"].includes(theme)) return;
    document.documentElement.dataset.themeFixed = "";
    document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
    document.dispatchEvent(new CustomEvent("themechange"));
  },
  "dashboard:leave": async () => {
    await quietly(post(leaveUrl));
    tell("left");
    location.reload();
  },
};

const reloadIfEnded = () => { if (state === "ended") location.reload(); };

window.addEventListener("message", (event) => {
  if (!framed || event.source !== window.parent || !portals.includes(event.origin)) return;
  const deed = Object.hasOwn(deeds, event.data?.type) && deeds[event.data.type];
  if (deed) deed(event.data);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-own-window]")) openWindow(pathHere());
  if (event.target.closest("[data-embed-again]")) tryAgain();
});

// Chromium sends a frame's cookies with where the frame goes, not with what a link downloads.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[download]");
  if (!link || event.defaultPrevented) return;
  event.preventDefault();
  location.assign(link.href);
});

// Opened beside, a link of the frame would find none of the frame's cookies.
const opensBeside = (event) => {
  const link = event.target.closest?.("a[href]");
  const beside = event.button === 1 || event.ctrlKey || event.metaKey || event.shiftKey;
  if (!framed || !link || !beside || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !url.pathname.startsWith(`${prefix}/`)) return;
  event.preventDefault();
  event.stopPropagation();
  openWindow(url.pathname.slice(prefix.length) + url.search);
};

document.addEventListener("click", opensBeside, true);
document.addEventListener("auxclick", opensBeside, true);

// A part that was refused because the session ended: what is shown stays, and the next try works.
document.addEventListener("htmx:response:error", ({ detail }) => {
  const status = detail.ctx?.response?.raw?.status ?? detail.ctx?.response?.status;
  if (status === 401) quietly(renew());
});

for (const name of ["htmx:finally:request", "htmx:after:swap"]) document.addEventListener(name, () => setTimeout(tellRoute));
window.addEventListener("popstate", () => setTimeout(tellRoute));
window.navigation?.addEventListener("currententrychange", () => setTimeout(tellRoute));
// A page that comes back out of the browser's cache does not know how long it was away.
window.addEventListener("pageshow", (event) => { if (event.persisted) quietly(renew()); });

const tryAgain = async () => {
  say("Asking ATOM…");
  try {
    await renew();
    location.reload();
  } catch {
    say("ATOM does not answer. Open it again from ATOM.");
  }
};

const begin = () => {
  new ResizeObserver(tellHeight).observe(document.querySelector(".app"));
  tellHeight();
  tell("ready", { path: pathHere(), state });
  if (state === "ended") tryAgain();
  else if (state === "open" && Number(place.dataset.secondsLeft)) {
    tellRoute();
    if (framed) renewIn(Number(place.dataset.secondsLeft));
  }
};

begin();

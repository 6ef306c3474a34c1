// The host page of docs/embed.md, with controls to try it.
const dashboard = document.body.dataset.dashboard;
const origin = new URL(dashboard).origin;
const frame = document.getElementById("dashboard");
const controls = document.getElementById("controls").elements;

// Our own back end signs a token for whoever is signed in here.
const freshToken = async (path = "") => {
  if (!controls.person.value) throw new Error("Nobody is signed in.");
  const wishes = { person: controls.person.value, theme: controls.theme.value, language: controls.language.value, path };
  const answer = await fetch("/token", { method: "POST", body: JSON.stringify(wishes) });
  return (await answer.json()).token;
};

// The token goes into the frame by a form: it stands in no address.
const post = (token) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: `${dashboard}/embed/launch`, target: "dashboard" });
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "token", value: token });
  form.append(field);
  document.body.append(form);
  form.submit();
  form.remove();
};

const launch = async (path) => post(await freshToken(path));

const say = (message) => frame.contentWindow.postMessage(message, origin);

const note = (direction, message) => {
  const line = document.createElement("li");
  line.textContent = `${direction} ${JSON.stringify(message)}`.slice(0, 200);
  document.getElementById("messages").prepend(line);
};

const answers = {
  "dashboard:token-wanted": async () => say({ type: "dashboard:token", token: await freshToken() }),
  "dashboard:height": ({ height }) => { frame.style.height = `${height}px`; },
  "dashboard:route": ({ path, title }) => {
    document.getElementById("route").textContent = path;
    document.title = `${title} · ATOM`;
    history.replaceState(null, "", `#${path}`);
  },
};

window.addEventListener("message", (event) => {
  // Only the dashboard, and only from the frame that we made.
  if (event.origin !== origin || event.source !== frame.contentWindow) return;
  note("←", event.data);
  const answer = Object.hasOwn(answers, event.data?.type) && answers[event.data.type];
  if (answer) Promise.resolve(answer(event.data)).catch((error) => note("!", error.message));
});

document.getElementById("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  say({ type: "dashboard:open", path: controls.path.value });
});
controls.theme.addEventListener("change", () => say({ type: "dashboard:theme", theme: controls.theme.value }));
document.getElementById("relaunch").addEventListener("click", () => launch(controls.path.value));
document.getElementById("leave").addEventListener("click", () => {
  controls.person.value = "";
  say({ type: "dashboard:leave" });
});

launch(location.hash.slice(1) || "/");

"use strict";

const EVERY_MS = 1000;
const PAST_KEPT = 120;
const SVG = "http://www.w3.org/2000/svg";
const ROW = 34;

const byId = (id) => document.getElementById(id);
const past = new Map();
let chosen = "";
let asking = null;
let timer = 0;
let pressed = false;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  return fill(made, attributes, children);
}

function drawn(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function clock(seconds) {
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(Math.floor(seconds) % 60)}` : `${minutes}:${two(Math.floor(seconds) % 60)}`;
}

function rate(bits) {
  return bits >= 1e9 ? `${(bits / 1e9).toFixed(1)} Gbit/s` : `${(bits / 1e6).toFixed(1)} Mbit/s`;
}

function loadBar(bridge, scale) {
  const points = past.get(bridge.name) ?? [];
  points.push(bridge.load);
  if (points.length > PAST_KEPT) points.shift();
  past.set(bridge.name, points);
  const full = bridge.loadLimit ?? scale;
  const share = full ? Math.min(1, bridge.load / full) : 0;
  const top = Math.max(...points, 1);
  const line = points.map((load, at) => `${(at * 240) / (PAST_KEPT - 1)},${52 - (load / top) * 28}`).join(" ");
  const label = `Load ${bridge.load}` + (bridge.loadLimit ? ` of ${bridge.loadLimit}` : "");
  return drawn("svg", { viewBox: "0 0 240 54", preserveAspectRatio: "none", role: "img", "aria-label": label },
    drawn("rect", { class: "track", x: 0, y: 2, width: 240, height: 14, rx: 3 }),
    drawn("rect", { class: bridge.loadLimit && share > 0.8 ? "load high" : "load", x: 0, y: 2, width: 240 * share, height: 14, rx: 3 }),
    drawn("polyline", { class: "past", points: line }));
}

function chips(bridge) {
  const list = element("ul", { class: "chips" });
  for (const alarm of bridge.alarms) {
    const more = alarm.failureReason ? `: ${alarm.failureReason}` : "";
    list.append(element("li", { class: "alarm" }, `${alarm.type}${more}, ${clock(alarm.seconds)}`));
  }
  for (const fault of bridge.faults) {
    const words = Object.entries(fault).map(([key, value]) => (value === true ? key : `${key} ${value}`));
    list.append(element("li", { class: "fault" }, words.join(", ")));
  }
  for (const receiver of bridge.receivers) {
    list.append(element("li", {}, `records to ${receiver.uri || "nowhere yet"}: ${receiver.sent} sent, ${receiver.pending} waiting`));
  }
  return list.children.length ? list : null;
}

function bridgeCard(bridge, scale) {
  const state = bridge.up ? `up ${clock(bridge.uptimeSeconds)}` : "down";
  return element("article", { class: bridge.up ? "card" : "card down" },
    element("h3", {}, bridge.name, element("small", {}, state)),
    loadBar(bridge, scale),
    element("p", {}, `Load ${bridge.load}, ${rate(bridge.bitsPerSecond)} each way`),
    element("p", {}, `${bridge.calls} calls, ${bridge.legs} legs (most ${bridge.mostLegs}, ended ${bridge.completedLegs})`),
    chips(bridge));
}

function callRow(call) {
  const flags = ["locked", "recording", "streaming"].filter((flag) => call[flag]);
  if (call.elsewhere) flags.push(`on ${call.elsewhere + 1} bridges`);
  const name = element("button", { class: "plain", type: "button" }, call.name || "(no name)");
  const row = element("tr", call.id === chosen ? { class: "chosen" } : {},
    element("td", { class: "name", title: call.name }, name),
    element("td", {}, call.number ?? ""),
    element("td", {}, call.bridge),
    element("td", { class: "amount" }, `${call.connected}/${call.legs}`),
    element("td", { class: "amount" }, clock(call.seconds)),
    element("td", {}, flags.join(", ")));
  row.addEventListener("click", () => choose(call));
  return row;
}

function choose(call) {
  chosen = call.id;
  byId("chosen").textContent = call.name || "(no name)";
  refresh();
}

function legRow(leg, row, span) {
  const at = (ago) => 100 * (1 - Math.min(ago, span) / span);
  const y = row * ROW;
  const marks = leg.history.map(([ago, state], place) => {
    const next = place + 1 < leg.history.length ? leg.history[place + 1][0] : leg.ago;
    const width = Math.max(at(next) - at(ago), 0.4);
    return drawn("rect", { class: state, x: `${at(ago)}%`, y: y + 18, width: `${width}%`, height: 10 },
      drawn("title", {}, `${state}, ${clock(ago - next)}`));
  });
  if (leg.reason) marks.push(drawn("rect", { class: "ended", x: `${Math.min(at(leg.ago), 99.4)}%`, y: y + 16, width: "0.6%", height: 14 }));
  const notes = [leg.incoming ? "in" : "out", leg.reason ?? leg.state, leg.deactivated && "in the lobby", leg.muted && "muted"];
  return drawn("g", {},
    drawn("text", { x: 0, y: y + 13 }, leg.name),
    drawn("text", { class: "why", x: "100%", y: y + 13, "text-anchor": "end" }, notes.filter(Boolean).join(", ")),
    ...marks);
}

function drawLegs(legs) {
  const span = Math.max(10, ...legs.map((leg) => leg.history[0]?.[0] ?? 0));
  byId("legend").hidden = !legs.length;
  byId("legs").replaceChildren(legs.length
    ? drawn("svg", { height: legs.length * ROW, role: "img", "aria-label": `Call legs over ${clock(span)}` },
        ...legs.map((leg, row) => legRow(leg, row, span)))
    : chosen ? "Nobody is in this call." : "");
}

function drawParties(parties) {
  byId("parties").hidden = !parties.length;
  byId("parties").replaceChildren("Remote parties",
    element("ul", { class: "chips" }, ...parties.map((party) => {
      const after = party.after_seconds === null ? "" : ` after ${party.after_seconds} s`;
      const stays = party.stays_seconds === null ? "" : `, stays ${party.stays_seconds} s`;
      return element("li", {}, `${party.pattern}: ${party.outcome}${after}${stays}`);
    })));
}

function draw(seen) {
  const sum = (key) => seen.bridges.reduce((total, bridge) => total + bridge[key], 0);
  const totals = { Bridges: seen.bridges.length, Spaces: seen.totalSpaces, Calls: sum("calls"), Legs: sum("legs"), Load: sum("load") };
  byId("totals").replaceChildren(...Object.entries(totals).map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value.toLocaleString("en")))));
  const scale = Math.max(1000, ...seen.bridges.map((bridge) => bridge.load)) * 1.2;
  byId("bridges").replaceChildren(...seen.bridges.map((bridge) => bridgeCard(bridge, scale)));
  const select = byId("bridge");
  if (select.options.length !== seen.bridges.length + 1) {
    for (const bridge of seen.bridges) select.append(element("option", { value: bridge.name }, bridge.name));
  }
  drawParties(seen.parties);
  const shown = seen.calls.length;
  byId("found").textContent = shown < seen.matchingCalls ? `latest ${shown} of ${seen.matchingCalls}` : `${shown} calls`;
  const focused = document.activeElement?.closest("#calls tr")?.sectionRowIndex;
  byId("calls").replaceChildren(...seen.calls.map(callRow));
  if (focused !== undefined) byId("calls").rows[focused]?.querySelector("button").focus();
  drawLegs(seen.legs);
}

function tell(text, role = "") {
  const state = byId("state");
  if (state.textContent !== text) state.textContent = text;
  state.className = role;
  if (role) state.setAttribute("role", role);
  else state.removeAttribute("role");
}

async function refresh() {
  clearTimeout(timer);
  asking?.abort();
  const mine = (asking = new AbortController());
  const query = new URLSearchParams({ text: byId("text").value, bridge: byId("bridge").value, call: chosen });
  try {
    // Not relative to the page: browsers refuse to fetch a URL that holds a log-in, as the page's own may.
    const answer = await fetch(`${location.origin}${location.pathname}live?${query}`, { signal: mine.signal });
    if (!answer.ok) throw new Error(`answer ${answer.status}`);
    const seen = await answer.json();
    // A row that is replaced while it is pressed would never be clicked.
    if (!pressed) draw(seen);
    tell(`as of ${new Date().toLocaleTimeString("en-GB")}`);
  } catch (problem) {
    if (mine.signal.aborted) return;
    tell(`no answer (${problem.message})`, "alert");
  }
  if (mine === asking && !document.hidden) timer = setTimeout(refresh, EVERY_MS);
}

byId("search").addEventListener("submit", (event) => event.preventDefault());
byId("search").addEventListener("input", refresh);
document.addEventListener("pointerdown", () => { pressed = true; });
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { pressed = false; });
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
refresh();

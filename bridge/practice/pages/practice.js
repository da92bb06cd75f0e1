"use strict";

// Every text from a ticket goes in as textContent, never as markup.

const page_size = 50;
let offset = 0;
let total = 0;
let etag = "";
let faults_touched = false;
let refreshing = false;
const shown = new Map(); // sys_id -> {element, key}
const find = (id) => document.getElementById(id);

function set_text(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

async function send(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: {"X-Practice": "1", "Content-Type": "application/json"},
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error || "The desk answered " + answer.status + ".");
  return said;
}

// The desk's times are UTC, "2026-01-31 10:00:00".
function local_time(text) {
  const time = new Date(text.replace(" ", "T") + "Z");
  return isNaN(time) ? text : time.toLocaleString();
}

function add_fact(list, name, value) {
  if (!value) return;
  const dt = document.createElement("dt");
  const dd = document.createElement("dd");
  dt.textContent = name;
  dd.textContent = value;
  list.append(dt, dd);
}

function mark_of(ticket) {
  if (ticket.approval === "approved") return ["Approved", "approved"];
  if (ticket.approval === "rejected") return ["Rejected", "rejected"];
  return ticket.open ? ["Waiting", "waiting"] : ["Closed undecided", "over"];
}

function make_ticket(ticket) {
  const element = find("ticket").content.firstElementChild.cloneNode(true);
  element.dataset.id = ticket.sys_id;
  const form = element.querySelector(".decide");
  form.querySelector("label .hidden").textContent = "Reason for " + ticket.number;
  const decide = async (decision) => {
    const buttons = form.querySelectorAll("button");
    buttons.forEach((button) => (button.disabled = true));
    set_text(form.querySelector(".said"), "");
    try {
      fill_ticket(element, await send("POST", "/practice/decide",
          {sys_id: ticket.sys_id, decision, reason: form.elements.reason.value.trim()}));
      element.querySelector("summary").focus();
    } catch (error) {
      set_text(form.querySelector(".said"), error.message);
    } finally {
      buttons.forEach((button) => (button.disabled = false));
    }
    refresh();
  };
  form.querySelector(".approve").addEventListener("click", () => decide("approve"));
  form.querySelector(".reject").addEventListener("click", () => decide("deny"));
  form.querySelector(".approve").setAttribute("aria-label", "Approve " + ticket.number);
  form.querySelector(".reject").setAttribute("aria-label", "Reject " + ticket.number);
  form.addEventListener("submit", (event) => event.preventDefault()); // Enter in the reason decides nothing
  return element;
}

// Changes what is shown around the reason field, and never the field itself.
function fill_ticket(element, ticket) {
  const [mark, kind] = mark_of(ticket);
  set_text(element.querySelector(".number"), ticket.number);
  set_text(element.querySelector(".what"), ticket.short_description || "(no short description)");
  const badge = element.querySelector(".mark");
  set_text(badge, mark);
  badge.className = "mark " + kind;
  set_text(element.querySelector(".meta"),
      ticket.who + " · opened " + local_time(ticket.opened_at) + " · " + ticket.state_label +
      (ticket.decided_by ? " · " + mark.toLowerCase() + " by " + ticket.decided_by : ""));
  const outcome = element.querySelector(".outcome");
  outcome.hidden = !ticket.decided_by;
  if (ticket.decided_by) {
    outcome.className = "outcome " + kind;
    set_text(outcome, mark + " by " + ticket.decided_by + " on " + local_time(ticket.decided_on) +
        (ticket.reason ? ": " + ticket.reason : "."));
  }
  const facts = element.querySelector(".facts");
  facts.replaceChildren();
  add_fact(facts, "Approval", ticket.approval_label);
  for (const row of ticket.approvers) add_fact(facts, "Approver " + row.approver, row.state);
  add_fact(facts, "Urgency", ticket.urgency_label);
  add_fact(facts, "Group", ticket.assignment_group);
  add_fact(facts, "Correlation", ticket.correlation_id);
  add_fact(facts, "Close code", ticket.close_code);
  add_fact(facts, "Close notes", ticket.close_notes);
  set_text(element.querySelector(".description"), ticket.description || "None.");
  const comments = element.querySelector(".comments");
  comments.replaceChildren();
  for (const entry of ticket.comments) {
    const item = document.createElement("li");
    const head = document.createElement("small");
    const text = document.createElement("p");
    head.textContent = entry.by + ", " + local_time(entry.on) + (entry.kind === "work_notes" ? " (work note)" : "");
    text.textContent = entry.text;
    item.append(head, text);
    comments.append(item);
  }
  if (!ticket.comments.length) {
    const item = document.createElement("li");
    item.textContent = "None.";
    comments.append(item);
  }
  element.querySelector(".decide").hidden = !ticket.open;
}

function show_tickets(tickets) {
  const list = find("tickets");
  const wanted = new Set(tickets.map((ticket) => ticket.sys_id));
  for (const [id, entry] of shown) {
    if (wanted.has(id)) continue;
    entry.element.remove();
    shown.delete(id);
  }
  tickets.forEach((ticket, i) => {
    const key = JSON.stringify(ticket);
    let entry = shown.get(ticket.sys_id);
    if (!entry) {
      entry = {element: make_ticket(ticket), key: ""};
      shown.set(ticket.sys_id, entry);
    }
    if (entry.key !== key) fill_ticket(entry.element, ticket);
    entry.key = key;
    // New tickets go in above; what stands right is not moved, so that nothing loses the focus.
    if (list.children[i] !== entry.element) list.insertBefore(entry.element, list.children[i] || null);
  });
}

// A link to a ticket ends in its sys_id: it is opened and shown once.
function follow_link() {
  const entry = shown.get(location.hash.slice(1));
  if (!entry) return;
  entry.element.querySelector("details").open = true;
  entry.element.scrollIntoView({block: "center"});
  entry.element.querySelector("summary").focus();
  history.replaceState(null, "", "/");
}

function show_faults(faults) {
  const on = faults.lose_answers || faults.lose_requests || faults.errors_5xx || faults.html ||
      faults.rate_limit.every || faults.slow_ms;
  find("faults-on").hidden = !on;
  if (faults_touched) return;
  const fields = find("faults").elements;
  for (const name of ["lose_answers", "lose_requests", "errors_5xx", "html", "slow_ms", "seed"]) fields[name].value = faults[name];
  fields.every.value = faults.rate_limit.every;
  fields.retry_after.value = faults.rate_limit.retry_after;
}

function show(state) {
  total = state.total;
  const doubles = state.duplicates.surplus_tickets;
  set_text(find("counts"), total === 1 ? "1 ticket" : total + " tickets");
  if (doubles) set_text(find("counts"), find("counts").textContent + ", " + doubles + " too many: correlation ids are shared");
  find("empty").hidden = total > 0;
  find("acting").hidden = total === 0;
  set_text(find("approver"), state.approver);
  show_tickets(state.tickets);
  follow_link();
  find("pages").hidden = total <= page_size && offset === 0;
  find("newer").disabled = offset === 0;
  find("older").disabled = offset + page_size >= total;
  set_text(find("range"), total ? (offset + 1) + " to " + Math.min(offset + page_size, total) + " of " + total : "");
  find("ignored-panel").hidden = state.ignored.length === 0;
  set_text(find("ignored-count"), String(state.ignored.length));
  find("ignored").replaceChildren(...state.ignored.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
  show_faults(state.faults);
}

async function refresh() {
  if (refreshing) return;
  refreshing = true;
  try {
    const answer = await fetch("/practice/state?limit=" + page_size + "&offset=" + offset,
        {headers: etag ? {"If-None-Match": etag} : {}, cache: "no-store"});
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error("The desk answered " + answer.status + ".");
      const state = await answer.json();
      etag = answer.headers.get("ETag") || "";
      if (offset > 0 && state.tickets.length === 0) {
        offset = 0;
        etag = "";
      } else {
        show(state);
      }
    }
    find("trouble").hidden = true;
  } catch (error) {
    etag = "";
    find("trouble").hidden = false;
    set_text(find("trouble"), "The practice desk does not answer. Is it still running? This page keeps trying.");
  } finally {
    refreshing = false;
  }
}

function turn(by) {
  offset = Math.max(0, offset + by);
  etag = "";
  refresh();
}

find("newer").addEventListener("click", () => turn(-page_size));
find("older").addEventListener("click", () => turn(page_size));

find("faults").addEventListener("input", () => (faults_touched = true));
find("faults").addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = find("faults").elements;
  const number = (name) => Number(fields[name].value);
  try {
    await send("POST", "/practice/faults", {
      lose_answers: number("lose_answers"), lose_requests: number("lose_requests"), errors_5xx: number("errors_5xx"),
      html: number("html"), slow_ms: number("slow_ms"), seed: number("seed"),
      rate_limit: {every: number("every"), retry_after: number("retry_after")},
    });
    faults_touched = false;
    set_text(find("faults-said"), "Applied.");
  } catch (error) {
    set_text(find("faults-said"), error.message);
  }
  refresh();
});
find("faults-off").addEventListener("click", async () => {
  faults_touched = false;
  await send("DELETE", "/practice/faults").then(() => set_text(find("faults-said"), "All off."),
      (error) => set_text(find("faults-said"), error.message));
  refresh();
});
find("reset").addEventListener("click", async () => {
  if (!confirm("Forget all " + total + " tickets?")) return;
  await send("POST", "/practice/reset").catch(() => {});
  etag = "";
  offset = 0;
  refresh();
});

setInterval(() => {
  if (!document.hidden) refresh();
}, 2000);
window.addEventListener("hashchange", follow_link);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
refresh();

// The server draws the page; this only spares the reader the reload. Forms and
// links work without it. With it, their answer, and the page of whenever the
// server says that something changed, are merged into the page that is shown,
// so that what somebody is typing, reading or hearing stays as it is.
'use strict';

const parser = new DOMParser();
const sending = new Set();    // what waits for its answer
let turn = Promise.resolve(); // ends when the last of them has it
let posts = 0;                // answered forms
let refreshing = false;       // the page is being asked for
let stale = false;            // and again when that is done
let polling = 0;              // the timer in place of a stream

// alike reports whether b is a later state of a.
function alike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || '') === (b.id || '');
}

// merge makes a what b is, and keeps every node that is in both.
function merge(a, b) {
  if (a.isEqualNode(b)) return;
  if (a.nodeType !== Node.ELEMENT_NODE) {
    a.nodeValue = b.nodeValue;
    return;
  }
  for (const name of a.getAttributeNames()) {
    if (!b.hasAttribute(name)) a.removeAttribute(name);
  }
  for (const name of b.getAttributeNames()) {
    if (a.getAttribute(name) !== b.getAttribute(name)) a.setAttribute(name, b.getAttribute(name));
  }
  mergeChildren(a, b);
}

// mergeChildren never moves a node, because whoever is typing in it would lose
// the place: it puts new ones before it and takes old ones away.
function mergeChildren(a, b) {
  let at = a.firstChild;
  for (const child of [...b.childNodes]) {
    if (child.id && at && !alike(at, child)) {
      const kept = [...a.children].find((old) => alike(old, child));
      if (kept && at.compareDocumentPosition(kept) & Node.DOCUMENT_POSITION_FOLLOWING) at = removeUntil(at, kept);
    }
    if (at && alike(at, child)) {
      merge(at, child);
      at = at.nextSibling;
    } else {
      a.insertBefore(document.importNode(child, true), at);
    }
  }
  removeUntil(at, null);
}

function removeUntil(node, end) {
  while (node !== end) {
    const next = node.nextSibling;
    node.remove();
    node = next;
  }
  return end;
}

function show(html) {
  const next = parser.parseFromString(html, 'text/html').querySelector('main');
  if (next) merge(document.querySelector('main'), next);
}

function trouble(on) {
  document.getElementById('trouble').hidden = !on;
}

// refresh shows the page as it is now. A form that was answered meanwhile
// brought a later one, and then it asks again.
async function refresh() {
  stale = true;
  if (refreshing) return;
  refreshing = true;
  try {
    while (stale) {
      stale = false;
      const before = posts;
      const response = await fetch(location.pathname + location.search);
      const html = await response.text();
      if (before !== posts) stale = true;
      else if (response.ok) show(html);
    }
    trouble(false);
  } catch {
    trouble(true);
  } finally {
    refreshing = false;
  }
}

async function send(form, body, key) {
  try {
    const response = await fetch(form.action, {method: 'POST', body});
    const html = await response.text();
    posts++;
    if (response.ok) {
      const url = new URL(response.url);
      form.reset();
      history.replaceState(null, '', url.pathname + url.search);
      show(html);
    }
    trouble(!response.ok);
  } catch {
    trouble(true);
  } finally {
    sending.delete(key);
    document.body.classList.toggle('busy', sending.size > 0);
  }
}

// What is still on its way is not sent again by a second press; anything else
// waits for its turn.
document.addEventListener('submit', (event) => {
  const form = event.target;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const key = form.action + '?' + body;
  event.preventDefault();
  if (sending.has(key)) return;
  sending.add(key);
  document.body.classList.add('busy');
  turn = turn.then(() => send(form, body, key));
});

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href]');
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const url = new URL(link.href);
  history.pushState(null, '', url.pathname + url.search);
  refresh();
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.form) event.target.form.requestSubmit();
});

window.addEventListener('popstate', refresh);

function poll(on) {
  clearInterval(polling);
  polling = on ? setInterval(refresh, 1000) : 0;
}

const stream = new EventSource('/events');
stream.addEventListener('change', refresh);
stream.addEventListener('open', () => poll(false));
stream.addEventListener('error', () => poll(true));

"use strict";
// Exchanges the code in the URL's fragment for a token, keeps it in this tab, and gives it to every request.
(() => {
  const kept = sessionStorage;
  const etags = new Map();
  const VIEW = /^\/[\w./:%-]*$/;
  let misses = 0;

  async function start() {
    const fragment = new URLSearchParams(location.hash.slice(1));
    const wanted = `/${(fragment.get("v") || location.pathname).replace(/^\/+/, "")}`;
    const view = VIEW.test(wanted) && wanted !== "/" && wanted !== "/enter" ? wanted : "/today";
    if (location.hash) history.replaceState(null, "", location.pathname);
    if (fragment.get("c")) await enter(fragment.get("c"));
    if (kept.getItem("token")) open(view);
    document.querySelector("#closed form")?.addEventListener("submit", async (event) => {
      event.preventDefault();
      await enter(event.target.elements.code.value);
      if (kept.getItem("token")) open(view);
      else event.target.submit(); // the answer says why
    });
  }

  async function enter(code) {
    kept.removeItem("token");
    const body = new URLSearchParams({ code });
    const reply = await fetch("/enter", { method: "POST", body, headers: { Accept: "application/json" } });
    if (reply.ok) kept.setItem("token", (await reply.json()).token);
  }

  function open(view) {
    document.getElementById("closed").hidden = true;
    document.getElementById("opening").hidden = false;
    history.replaceState(null, "", view);
    htmx.ajax("GET", view, { target: "body", swap: "innerHTML" });
  }

  function close() {
    if (!kept.getItem("token")) return;
    kept.removeItem("token");
    location.replace("/");
  }

  const isPoll = (request) => request.method === "GET" && !request.form;

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const { request } = ctx;
    request.headers["X-DeskReady-Token"] = kept.getItem("token") || "";
    if (kept.getItem("lang")) request.headers["X-DeskReady-Lang"] = kept.getItem("lang");
    const etag = isPoll(request) && etags.get(request.action);
    if (etag) request.headers["If-None-Match"] = etag;
  });

  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    misses = 0;
    if (ctx.response.status === 401) close();
    if (isPoll(ctx.request)) etags.set(ctx.request.action, ctx.response.headers.get("etag"));
    else etags.clear();
  });

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "language" || !kept.getItem("token")) return;
    event.preventDefault();
    kept.setItem("lang", event.submitter.value);
    htmx.ajax("GET", location.pathname, { target: "body", swap: "innerHTML" });
  });

  // Two polls in a row without an answer: what is on the screen may not look fine any more.
  document.addEventListener("htmx:error", () => {
    misses += 1;
    const lost = document.getElementById("lost");
    if (misses < 2 || !lost) return;
    etags.clear();
    const old = document.getElementById("light");
    const line = lost.content.firstElementChild.cloneNode(true);
    for (const name of ["hx-get", "hx-trigger", "hx-swap"]) line.setAttribute(name, old.getAttribute(name));
    old.replaceWith(line);
    htmx.process(line);
  });

  // A new view begins at its heading, for the eye and for a screen reader.
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const page = document.getElementById("page");
    if (page) document.documentElement.lang = page.lang;
    if (page) document.body.removeAttribute("class"); // of the door
    if (isPoll(ctx.request)) return;
    for (const tab of document.querySelectorAll("nav button")) {
      const isOpen = tab.form.getAttribute("action") === location.pathname;
      if (isOpen) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    document.getElementById("main")?.focus({ preventScroll: false });
  });

  // A digit chooses the step that carries it, wherever nobody is writing.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (/^[0-9]$/.test(event.key)) document.querySelector(`[data-key="${event.key}"]`)?.click();
  });

  // How long the morning card has been in sight, for the answers that are given on it.
  let seenMs = 0;
  let seenSince = null;
  function look() {
    const isSeen = document.querySelector("[data-card]") && document.visibilityState === "visible";
    if (seenSince !== null) seenMs += performance.now() - seenSince;
    if (!document.querySelector("[data-card]")) seenMs = 0;
    seenSince = isSeen ? performance.now() : null;
  }
  document.addEventListener("visibilitychange", look);
  document.addEventListener("htmx:after:swap", look);
  document.addEventListener("submit", ({ target }) => {
    look();
    if (target.elements.shown_ms && seenSince !== null) target.elements.shown_ms.value = Math.round(seenMs);
  }, true);

  // Text that is made to be handed on.
  document.addEventListener("click", async ({ target }) => {
    const from = target.dataset.copy && document.getElementById(target.dataset.copy);
    if (!from) return;
    from.select();
    await navigator.clipboard.writeText(from.value);
    target.textContent = target.dataset.copied;
  });

  start();
})();

// The console's own enhancement: every page works without it. Links and forms of this site are fetched and their <main> is
// swapped in; marked parts (data-live) look for news; single keys press what a person could press. Nothing else.
(() => {
  "use strict";
  const EVERY = 8000;          // ms between looks for news
  const SAVE_AFTER = 1200;     // ms without typing before a half-written text is saved
  const doc = document;
  const $ = (selector, from = doc) => from.querySelector(selector);
  const $$ = (selector, from = doc) => [...from.querySelectorAll(selector)];
  let busy = false;            // a page is on its way: no key and no second click acts now
  let typed = false;           // something was typed that is neither saved nor sent
  let chord = 0;               // when G was pressed

  const say = (words) => { const line = $("#announce"); if (line) line.textContent = words; };
  const offline = (is) => { const note = $("#offline"); if (note) note.hidden = !is; };
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");
  const typing = (at) => at && (at.isContentEditable || /^(TEXTAREA|SELECT)$/.test(at.tagName) ||
    (at.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(at.type)));

  // --- pages -----------------------------------------------------------------------------------------------------------
  function show(page, url, { push = true, keep = false } = {}) {
    const main = $("#main", page), mine = $("#main");
    if (!main || !mine || !$("#rail", page) || !$("#rail")) return false;   // the log-in, an error: a page of its own
    const scrolled = new Map($$("[data-keep]").map((one) => [one.id, one.scrollTop]));
    doc.title = page.title;
    mine.replaceWith(main);
    for (const id of ["top", "rail"]) { const fresh = $("#" + id, page); if (fresh) $("#" + id)?.replaceWith(fresh); }
    const shell = $(".shell"), other = $(".shell", page);
    if (shell && other) shell.className = other.className;
    if (push) history.pushState({}, "", url);
    for (const [id, top] of scrolled) { const one = doc.getElementById(id); if (one) one.scrollTop = top; }
    $("[aria-current]", $("#list") || doc.createElement("i"))?.scrollIntoView({ block: "nearest" });
    if (!keep) { scrollTo(0, 0); const target = $("[autofocus]", main) || main; target.tabIndex ??= -1; if (target === main) main.tabIndex = -1; target.focus({ preventScroll: true }); }
    typed = false;
    say(doc.title);
    ready();
    return true;
  }

  async function visit(url, options = {}, more = {}) {
    if (busy) return;
    busy = true;
    doc.body.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { credentials: "same-origin", redirect: "follow", ...options });
      const kind = answer.headers.get("content-type") || "";
      if (!kind.startsWith("text/html")) { location.href = url; return; }
      const html = await answer.text();
      offline(false);
      if (!show(parse(html), answer.url, more)) fallback(html, answer, options);
    } catch {
      offline(true);           // what was typed is still on this page
    } finally {
      busy = false;
      doc.body.removeAttribute("aria-busy");
    }
  }

  // A page without the frame. After a form it is written as it is: it carries what was typed on to the log-in.
  function fallback(html, answer, options) {
    typed = false;
    const page = parse(html);
    if (!options.body || $("#rail", page)) { location.href = answer.url; return; }
    doc.documentElement.replaceChild(page.body, doc.body);
    doc.title = page.title;
  }

  doc.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target || link.hasAttribute("download") || link.dataset.whole !== undefined) return;
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
    event.preventDefault();
    visit(link.href);
  });

  doc.addEventListener("submit", (event) => {
    const form = event.target, by = event.submitter;
    if (event.defaultPrevented || form.method === "dialog" || form.dataset.whole !== undefined) return;
    if (busy) { event.preventDefault(); return; }             // a double click
    const action = by?.hasAttribute("formaction") ? by.formAction : form.action;
    if (new URL(action).origin !== location.origin) return;
    event.preventDefault();
    const data = new FormData(form, by);
    if (form.method === "post") {
      const multipart = form.enctype === "multipart/form-data";
      visit(action, { method: "POST", body: multipart ? data : new URLSearchParams(data) });
    } else {
      visit(`${new URL(action).pathname}?${new URLSearchParams(data)}`);
    }
  });

  addEventListener("popstate", () => visit(location.href, {}, { push: false }));
  addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });

  // --- news ------------------------------------------------------------------------------------------------------------
  async function look() {
    if (busy || doc.hidden || !$("[data-live]")) return;
    const url = location.href;
    try {
      const answer = await fetch(url, { credentials: "same-origin", headers: { "X-Live": "1" } });
      if (!answer.ok || answer.redirected && new URL(answer.url).pathname !== location.pathname) return;
      const page = parse(await answer.text());
      offline(false);
      if (busy || location.href !== url) return;
      for (const part of $$("[data-live]")) {
        const fresh = doc.getElementById(part.id) === part && page.getElementById(part.id);
        if (!fresh || fresh.outerHTML === part.outerHTML || part.contains(doc.activeElement) && doc.activeElement !== doc.body) continue;
        if ($$("input, textarea, select", part).some((one) => one.value !== one.defaultValue && one.type !== "hidden" && one.tagName !== "SELECT")) continue;
        for (const open of $$("details[open][id]", part)) $("#" + CSS.escape(open.id), fresh)?.setAttribute("open", "");
        const top = part.scrollTop, loud = part.dataset.live || fresh.dataset.live;
        part.replaceWith(fresh);
        fresh.scrollTop = top;
        if (loud) say(loud);
      }
    } catch { offline(true); }
  }
  setInterval(look, EVERY);
  doc.addEventListener("visibilitychange", look);

  // --- half-written texts ----------------------------------------------------------------------------------------------
  let waiting = 0;
  doc.addEventListener("input", (event) => {
    const form = event.target.closest?.("form");
    if (!form || form.method !== "post") return;
    if (event.target.dataset.submit !== undefined) { form.requestSubmit(); return; }
    typed = true;
    if (!form.dataset.autosave) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => save(form), SAVE_AFTER);
  });
  async function save(form) {
    if (busy || !form.isConnected) return;
    const data = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", credentials: "same-origin", body: data });
      const line = $("[data-saved]", form);
      if (answer.ok) { typed = false; if (line) line.textContent = await answer.text(); offline(false); }
      else if (line) line.textContent = "まだ保存できていません。入力はこの画面に残っています。";
    } catch { offline(true); waiting = setTimeout(() => save(form), EVERY); }
  }

  // --- keys ------------------------------------------------------------------------------------------------------------
  const PLACES = { o: "/", i: "/mails", q: "/queue", c: "/cases", b: "/consultation", s: "/outbox" };
  doc.addEventListener("keydown", (event) => {
    const at = doc.activeElement;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && at?.form) { event.preventDefault(); at.form.requestSubmit($("[data-default]", at.form)); return; }
    if (event.key === "Escape" && typing(at)) { at.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(at) || !doc.body.hasAttribute("data-keys")) return;
    if ($("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (chord && Date.now() - chord < 1500) { chord = 0; if (PLACES[key]) { event.preventDefault(); visit(PLACES[key]); } return; }
    if (key === "g") { chord = Date.now(); return; }
    if (key === "?") { event.preventDefault(); $("#keys")?.showModal(); return; }
    if (key === "/") { const box = $("[data-search]"); if (box) { event.preventDefault(); box.closest("details")?.setAttribute("open", ""); box.focus(); } return; }
    const target = $$(`[data-key="${CSS.escape(key)}"]`).find((one) => one.offsetParent !== null && !one.disabled);
    if (!target || event.repeat && !/^[jk]$/.test(key)) return;
    event.preventDefault();
    if (busy) return;
    if (target.dataset.needs && !doc.getElementById(target.dataset.needs)) return;   // not fully drawn
    target.click();
  });

  function ready() {
    $("[aria-current]", $("#rail") || doc)?.scrollIntoView({ block: "nearest", inline: "center" });
    for (const one of $$("[data-countdown]")) count(one);
  }
  function count(one) {
    const end = Date.now() + Number(one.dataset.countdown) * 1000;
    const tick = () => {
      if (!one.isConnected) return;
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      one.textContent = left ? `あと${left}秒で送信へ` : "送信へ進みました";
      if (left) setTimeout(tick, 500);
    };
    tick();
  }
  ready();
  doc.documentElement.dataset.ready = "yes";
})();

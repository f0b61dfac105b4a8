"""The console: pages for the secretariat, in Japanese, rendered on the server (DESIGN §2, §10).

    request ─▶ Visit (who, form, CSRF) ─▶ one page function ─▶ store reads / one desk act ─▶ Jinja2 ─▶ response

Every action is a plain form that works without JavaScript; `static/console.js` makes it quick. Pages decide nothing: what may
be done, by whom and on which content is the desk's. What applicants wrote is shown as text only.
"""

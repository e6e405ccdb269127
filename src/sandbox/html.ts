/** Markup that is safe to send: everything put into it was escaped. */
export class Html {
  constructor(readonly source: string) {}
}

type Part = Html | string | number | null | undefined | false | readonly Part[];

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function markup(part: Part): string {
  if (part instanceof Html) return part.source;
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'object') return part.map(markup).join('');
  return String(part).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** A template whose every value is escaped, unless it is markup already. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + markup(parts[index - 1]) + string));
}

/** A stored moment as people read it. */
export function when(iso: string | null): Html {
  if (iso === null) return html`–`;
  const shown = iso.length > 10 ? `${iso.slice(0, 10)} ${iso.slice(11, 16)}` : iso;
  return html`<time datetime="${iso}">${shown}</time>`;
}

/** A small coloured label. */
export function badge(text: string, tone: 'good' | 'bad' | 'warn' | 'info' | 'plain' = 'plain'): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

const STYLE = `
:root { --ink:#1d2330; --soft:#667085; --line:#e4e7ec; --card:#fff; --page:#f5f6f8; --link:#3056d3; }
* { box-sizing:border-box } body { margin:0; background:var(--page); color:var(--ink); font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif }
a { color:var(--link); text-decoration:none } a:hover { text-decoration:underline }
header { background:#232a3b; color:#fff } header .in { display:flex; align-items:center; gap:22px; padding:12px 24px }
header a { color:#d5daf0 } header b a { color:#fff; font-size:16px } header .note { margin-left:auto; color:#9aa3bd; font-size:13px }
.in, main { max-width:1100px; margin:0 auto } main { padding:24px }
h1 { font-size:24px; line-height:1.3; margin:4px 0 12px; overflow-wrap:anywhere } h2 { font-size:16px; margin:26px 0 10px }
.card { background:var(--card); border:1px solid var(--line); border-radius:10px; padding:18px 20px; margin:0 0 16px; overflow-wrap:anywhere }
.grid { display:grid; grid-template-columns:repeat(auto-fit,minmax(240px,1fr)); gap:16px } .split { display:grid; grid-template-columns:minmax(0,1fr) 300px; gap:16px; align-items:start }
table { width:100%; border-collapse:collapse; background:var(--card); border:1px solid var(--line); border-radius:10px; overflow:hidden }
th { text-align:left; font-size:12px; color:var(--soft); font-weight:600; background:#fafbfc } th,td { padding:9px 14px; border-bottom:1px solid var(--line); vertical-align:top }
tr:last-child td { border-bottom:0 } td { overflow-wrap:anywhere } td.narrow { white-space:nowrap; color:var(--soft) }
dl { margin:0 } dt { color:var(--soft); font-size:12px; margin-top:10px } dt:first-child { margin-top:0 } dd { margin:0 }
.badge { display:inline-block; border-radius:20px; padding:1px 9px; font-size:12px; background:#eef0f4; color:#444c5e; white-space:nowrap }
.good { background:#dff5e6; color:#10703a } .bad { background:#fde4e2; color:#a3231a } .warn { background:#fff1d1; color:#875a05 } .info { background:#e2ecff; color:#234aa8 }
.soft { color:var(--soft) } .notes { white-space:pre-wrap } .notes ul,.notes ol { white-space:normal; margin:4px 0; padding-left:22px } .notes h1 { font-size:18px } .notes h2 { font-size:16px; margin:8px 0 }
pre, code { font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,monospace } pre, .notes pre { background:#f4f5f8; border-radius:8px; padding:10px 12px; overflow-x:auto; margin:6px 0 } code { background:#f1f2f6; border-radius:4px; padding:1px 4px }
.done { color:var(--soft); text-decoration:line-through } .story { border-bottom:1px solid var(--line); padding:9px 0 } .story:last-child { border:0 } .story.system { color:var(--soft); font-size:14px } .empty { color:var(--soft); padding:26px; text-align:center }
`;

/** A whole page of the sandbox. */
export function page(title: string, body: Html): string {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Sandbox</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <div class="in">
            <b><a href="/">Sandbox</a></b
            ><a href="/pages/sentry">Sentry</a><a href="/pages/asana">Asana</a><a href="/pages/slack">Slack</a
            ><a href="/pages/calamari">Calamari</a
            ><span class="note">pretend vendors: nothing here leaves this machine</span>
          </div>
        </header>
        <main>${body}</main>
      </body>
    </html>`;
  return document.source;
}

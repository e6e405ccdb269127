import { badge, type Html, html, when } from '../html';
import type { World } from '../world';

/** Slack: the messages of every channel, the latest first. */
export function slackPage(world: World): Html {
  const channels = world.slack.channels.all().map((channel) => {
    const messages = world.slack.messages.all().filter((message) => message.channel === channel.id);
    const shown = messages.reverse().map(
      (message) =>
        html`<div class="story">
          <b>Errand</b>
          <span class="soft"
            >${when(new Date(Number(message.ts) * 1000).toISOString())}${message.edited !== null && ' (edited)'}${
              message.threadTs !== null && ' in a thread'
            }</span
          >
          <div class="notes">${message.text}</div>
          ${message.blocks.map((block) => html`<div class="notes soft">${textOf(block)}</div>`)}
        </div>`,
    );
    return html`<h2>#${channel.name} <span class="soft">${channel.id}</span></h2>
      <div class="card">${shown.length > 0 ? shown : html`<span class="soft">No messages.</span>`}</div>`;
  });
  return html`<h1>Messages</h1>
    ${channels}`;
}

/** Every text inside a block, whatever its kind. */
function textOf(block: unknown): string {
  if (Array.isArray(block)) return block.map(textOf).filter(Boolean).join('\n');
  if (typeof block !== 'object' || block === null) return '';
  return Object.entries(block)
    .map(([key, value]) => (key === 'text' && typeof value === 'string' ? value : textOf(value)))
    .filter(Boolean)
    .join('\n');
}

const word = (value: unknown): string => (typeof value === 'string' ? value : '?');

/** Errand's own Sentry: what it told of itself, the latest first. */
export function ownPage(world: World): Html {
  const rows = world.own.events
    .all()
    .reverse()
    .map(({ at, event }) => {
      const said = event.message as { formatted?: unknown } | undefined;
      return html`<tr>
        <td class="narrow">${when(at)}</td>
        <td class="narrow">${badge(word(event.level), event.level === 'info' ? 'good' : 'warn')}</td>
        <td>${word(said?.formatted)}</td>
      </tr>`;
    });
  return html`<h1>Own Sentry</h1>
    ${
      rows.length === 0
        ? html`<div class="card empty">Errand told nothing of itself.</div>`
        : html`<table>
            ${rows}
          </table>`
    }`;
}

/** Calamari: who is away, and when. */
export function calamariPage(world: World): Html {
  const absences = world.calamari.absences.all().sort((a, b) => b.from.localeCompare(a.from));
  const people = world.calamari.employees.all();
  const name = (email: string): string => {
    const person = people.find((one) => one.email === email);
    return person === undefined ? email : `${person.firstName} ${person.lastName}`;
  };
  const rows = absences.map(
    (absence) =>
      html`<tr>
        <td>${name(absence.employee)}<br /><span class="soft">${absence.employee}</span></td>
        <td class="narrow">${absence.from} – ${absence.to}</td>
        <td>
          ${
            absence.fullDay
              ? 'whole days'
              : html`${absence.startTime.slice(11, 16)} – ${absence.endTime.slice(11, 16)}
                  <span class="soft">${absence.timeZone}</span>`
          }
        </td>
        <td>
          ${badge(absence.category === 'TIMEOFF' ? 'time off' : 'works elsewhere', absence.category === 'TIMEOFF' ? 'warn' : 'info')}
        </td>
        <td>
          ${badge(absence.status.toLowerCase().replace(/_/g, ' '), absence.status === 'ACCEPTED' ? 'good' : 'plain')}
        </td>
      </tr>`,
  );
  return html`<h1>Absences</h1>
    ${
      rows.length === 0
        ? html`<div class="card empty">
            Nobody is away. ${people.length} ${people.length === 1 ? 'person is' : 'people are'} known.
          </div>`
        : html`<table>
            <tr>
              <th>Person</th>
              <th>Days</th>
              <th>Hours</th>
              <th>Kind</th>
              <th>Status</th>
            </tr>
            ${rows}
          </table>`
    }`;
}

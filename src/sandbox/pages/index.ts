import type { FastifyInstance } from 'fastify';
import { type Html, html, page } from '../html';
import { asanaPage, projectPage, taskPage } from './asana';
import { calamariPage, ownPage, slackPage } from './other';
import { issuePage, sentryPage } from './sentry';
import type { World } from '../world';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'";

type Keyed = { Params: { key: string } };

/** Small pages to look at the pretend worlds; they read and never write. */
export async function mountPages(app: FastifyInstance, world: World): Promise<void> {
  await app.register((scope, _options, done) => {
    scope.addHook('onSend', async (_request, reply, payload) => {
      reply.headers({
        'content-security-policy': POLICY,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      return payload;
    });
    const show = (path: string, title: string, body: (key: string) => Html | undefined): void => {
      scope.get<Keyed>(path, (request, reply) => {
        const found = body(request.params.key);
        const shown =
          found ??
          html`<h1>Not here</h1>
            <p class="card">The pretend world has no such thing. It may have been deleted.</p>`;
        return reply
          .code(found === undefined ? 404 : 200)
          .type('text/html; charset=utf-8')
          .send(page(title, shown));
      });
    };
    show('/', 'Overview', () => overview(world));
    show('/pages/sentry', 'Sentry issues', () => sentryPage(world));
    show('/pages/sentry/:key', 'Sentry issue', (key) => issuePage(world, key));
    show('/pages/asana', 'Asana projects', () => asanaPage(world));
    show('/pages/asana/projects/:key', 'Asana project', (key) => projectPage(world, key));
    show('/pages/asana/tasks/:key', 'Asana task', (key) => taskPage(world, key));
    show('/pages/slack', 'Slack messages', () => slackPage(world));
    show('/pages/own', 'Own Sentry', () => ownPage(world));
    show('/pages/calamari', 'Calamari absences', () => calamariPage(world));
    // The links that the vendors' answers carry for people.
    scope.get<Keyed>('/0/:project/:key', (request, reply) => {
      const { key } = request.params;
      return reply.redirect(key === 'list' ? '/pages/asana' : `/pages/asana/tasks/${encodeURIComponent(key)}`);
    });
    scope.get<Keyed>('/organizations/:org/issues/:key', (request, reply) =>
      reply.redirect(`/pages/sentry/${encodeURIComponent(request.params.key)}`),
    );
    scope.get<Keyed>('/organizations/:org/issues/:key/*', (request, reply) =>
      reply.redirect(`/pages/sentry/${encodeURIComponent(request.params.key)}`),
    );
    scope.get('/organizations/:org/issues/', (_request, reply) => reply.redirect('/pages/sentry'));
    done();
  });
}

function overview(world: World): Html {
  const issues = world.sentry.issues.all().filter((issue) => !issue.deleted && issue.mergedInto === null);
  const tasks = world.asana.tasks.all();
  const card = (href: string, name: string, figure: number, what: string): Html =>
    html`<a class="card" href="${href}"
      ><b>${name}</b><br /><span class="soft">${figure} ${what}${figure !== 1 && 's'}</span></a
    >`;
  return html`<h1>Sandbox</h1>
    <p class="card">
      Four pretend vendors on one port. Each answers over HTTP as the real one is documented to: the same paths,
      answers, errors and limits, with a memory that survives a restart. Nothing is sent to Sentry, Asana, Slack or
      Calamari.
    </p>
    <div class="grid">
      ${card('/pages/sentry', 'Sentry', issues.length, 'issue')} ${card('/pages/asana', 'Asana', tasks.length, 'task')}
      ${card('/pages/slack', 'Slack', world.slack.messages.all().length, 'message')}
      ${card('/pages/calamari', 'Calamari', world.calamari.absences.all().length, 'absence')}
    </div>
    <h2>Where the pretend APIs are</h2>
    <table>
      <tr>
        <td class="narrow">Sentry</td>
        <td><code>${world.url}/api/0/…</code></td>
      </tr>
      <tr>
        <td class="narrow">Asana</td>
        <td><code>${world.url}/api/1.0/…</code></td>
      </tr>
      <tr>
        <td class="narrow">Calamari</td>
        <td><code>${world.url}/calamari/api/…</code></td>
      </tr>
      <tr>
        <td class="narrow">Slack</td>
        <td><code>${world.url}/slack/api/…</code></td>
      </tr>
    </table>
    <h2>To look closer</h2>
    <p class="card">
      <a href="/pages/own">what Errand told its own Sentry</a> · <a href="/_control/log">Requests received</a> ·
      <a href="/_control/world">the whole world as JSON</a> · <a href="/_control/faults">faults in force</a> ·
      <a href="/_control/sentry/webhooks">webhooks sent</a>
    </p>`;
}

/** A toy tracker, in memory: a board with cards. Everything that it needs stands in this folder. */
import { z } from 'zod';
import { decodeDestination } from '../../../src/core/issue/destination';
import type { PersonKey, TaskRef } from '../../../src/core/refs';
import { ErrandError } from '../../../src/errors';
import type { Piece } from '../../../src/rules/piece';
import { name } from '../../../src/rules/values';
import type { OurTask, Tracker } from '../../../src/vendors/tracker';
import type { Vendor } from '../../../src/vendors/vendor';

const NAME = 'board';
type Card = OurTask & { title: string; list: string; comments: Map<string, string>; subtasks: string[] };

/** Where cards are made: `projects.*.board: { list: Inbox }`. */
export const BOARD_PIECE: Piece = {
  name: NAME,
  person: name.optional(),
  place: z.strictObject({ list: name }).transform(({ list }) => ({ workspace: NAME, project: list })),
};

export class Board {
  readonly cards = new Map<string, Card>();
  /** The next comments are refused for good. */
  refusing = false;

  /** The line of the registry. */
  readonly vendor: Vendor = { name: NAME, open: () => ({ tracker: this.tracker() }) };

  private card({ id }: TaskRef): Card {
    const card = this.cards.get(id);
    if (!card) throw new ErrandError(`${NAME}_not_found`, `No card ${id}.`);
    return card;
  }

  private change(task: TaskRef, by: Partial<Card>): Promise<void> {
    Object.assign(this.card(task), by);
    return Promise.resolve();
  }

  private find(marker: string): Card | undefined {
    return [...this.cards.values()].find((card) => card.marker === marker);
  }

  private make(marker: string, title: string, assignee: PersonKey | null, list: string): Card {
    const id = String(this.cards.size + 1);
    const at = new Date().toISOString();
    const task = { tracker: NAME, id, url: `https://board.example.com/${id}` };
    const about = { marker, task, createdAt: at, changedAt: at, completed: false, assignee };
    const card = { ...about, title, list, comments: new Map<string, string>(), subtasks: [] };
    this.cards.set(id, card);
    return card;
  }

  private tracker(): Tracker {
    return {
      listTasks: (place) =>
        Promise.resolve([...this.cards.values()].filter((card) => card.list === decodeDestination(place).project)),
      readTask: ({ id }) => Promise.resolve(this.cards.get(id)),
      unmarkTask: async (task) => this.change(task, { marker: '', completed: true }),
      ensureTask: async ({ marker, draft, admit }) => {
        const found = this.find(marker);
        if (!found) await admit?.();
        const card = found ?? this.make(marker, draft.title, draft.assignee, draft.spec.project);
        return { ...card, made: found === undefined, incomplete: false };
      },
      ensureDetails: (_task, _spec, given) => Promise.resolve({ given, missing: [] }),
      findTask: ({ marker }) => Promise.resolve(this.find(marker) ?? null),
      ensureSubtasks: async (task, subtasks) => this.change(task, { subtasks }),
      verifyTask: ({ id }) => Promise.resolve(this.cards.has(id) ? 'there' : 'gone'),
      assignTask: async (task, assignee) => this.change(task, { assignee }),
      completeTask: async (task, completed) => this.change(task, { completed }),
      rewriteTask: async (task) => this.change(task, {}),
      comment: async (task, key) => {
        if (this.refusing) throw new ErrandError(`${NAME}_refused`, 'The board takes no such text.');
        await Promise.resolve(this.card(task).comments.set(key, key));
      },
    };
  }
}

import { z } from 'zod';
import type { Rotator } from '../../lib/rotation/rotator.js';

const schema = z.object({ door: z.string(), key: z.string() });
export type DoorSecret = z.infer<typeof schema>;

/** The smallest real target: a door that opens to one key, and remembers who tried. */
export interface Door {
  key: string;
  readonly tried: string[];
  changed: number;
}

export const FIRST_KEY = 'first-key-CANARY-0000';

export function newDoor(): Door {
  return { key: FIRST_KEY, tried: [], changed: 0 };
}

export const initial: DoorSecret = { door: 'front', key: FIRST_KEY };

/** A rotator of the door, single user: opens with the current key to set the pending one. */
export function doorRotator(door: Door, more: Partial<Rotator<DoorSecret>> = {}): Rotator<DoorSecret> {
  return {
    secret: schema,
    createSecret: async ({ generatePassword }) => ({ key: await generatePassword({ length: 24 }) }),
    setSecret({ current, pending }) {
      open(door, current.key);
      door.key = pending.key;
      door.changed += 1;
    },
    testSecret: ({ pending }) => open(door, pending.key),
    ...more,
  };
}

function open(door: Door, key: string): void {
  door.tried.push(key);
  if (door.key !== key) throw new Error(`the door refused ${key}`);
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AGENT_IDS, AGENT_LOGINS, actorClass } from '../../src/identity/actor-class.ts';

const ABSENT = { kind: 'missing', value: '' } as const;

describe('actorClass', () => {
  it('knows the agents that docs/policy.md lists, and no other', () => {
    const docs = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
    const row = /^\| `agent` \|.*$/m.exec(docs)?.[0] ?? '';
    const listed = [...row.matchAll(/`([^`]+)`/g)].slice(1).map(([, login = '']) => login);
    expect(listed.map((login) => login.toLowerCase())).toEqual(AGENT_LOGINS);
    for (const login of listed) expect(actorClass(login, ABSENT)).toBe('agent');
  });

  it.each(['158243242', '198982749', '209825114'])(
    'knows the agent %s by its id, when that is text',
    (id) => {
      expect(AGENT_IDS).toContain(id);
      expect(actorClass('renamed', { kind: 'text', value: id })).toBe('agent');
      expect(actorClass('renamed', { kind: 'not-plain', value: id })).toBe('human');
    },
  );

  it('takes the end of a name for an app, not a part of it', () => {
    expect(actorClass('renovate[bot]', ABSENT)).toBe('app');
    expect(actorClass('renovate[bot]x', ABSENT)).toBe('human');
  });
});

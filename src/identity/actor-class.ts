import { asciiLower, type ClaimText } from './claims.ts';

/** Who or what started a run, as far as its token tells. */
export const ACTOR_CLASSES = ['human', 'app', 'agent'] as const;
export type ActorClass = (typeof ACTOR_CLASSES)[number];

/**
 * Accounts of coding agents, as GitHub shows them in `actor`, in lower case. The list is closed and part of the release:
 * an agent that is not on it is an `app` when its name ends with `[bot]`, and else looks like a human.
 */
export const AGENT_LOGINS: readonly string[] = [
  'chatgpt-codex-connector[bot]',
  'claude[bot]',
  'codegen-sh[bot]',
  'copilot',
  'copilot-swe-agent[bot]',
  'cursor[bot]',
  'devin-ai-integration[bot]',
  'google-labs-jules[bot]',
  'openhands-agent',
  'sweep-ai[bot]',
];

/** Ids of accounts above whose name alone could change. */
export const AGENT_IDS: readonly string[] = ['158243242', '198982749', '209825114'];

/**
 * The class of the account that started the run, by its login and its id. No person can have an account
 * that ends with `[bot]`: a login has letters, digits and `-` only. It says nothing of who wrote the code, and an
 * agent that works with a person's token is a `human` here.
 */
export function actorClass(actor: string, id: ClaimText): ActorClass {
  const login = asciiLower(actor);
  if (AGENT_LOGINS.includes(login) || (id.kind === 'text' && AGENT_IDS.includes(id.value))) return 'agent';
  return login.endsWith('[bot]') ? 'app' : 'human';
}

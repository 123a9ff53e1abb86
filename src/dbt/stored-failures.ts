import type { ManifestNode } from './artifacts.ts';
import type { DbtCommand } from './command.ts';
import { hasOption } from './options.ts';

/** Whether the command asks for the failures of all tests to be stored, where a test does not say otherwise. */
export function asksToStore({ args }: DbtCommand): boolean {
  return hasOption(args, '--store-failures');
}

/**
 * Whether the test writes its failing rows into a table of its own, which dbt creates for a test that passes, too.
 * The test's config decides; the command's option is for tests whose config is silent.
 * Source: the macro `should_store_failures` of dbt-adapters.
 */
export function storesFailures({ resourceType, config }: ManifestNode, asked: boolean): boolean {
  if (resourceType !== 'test') return false;
  const as = config['store_failures_as'];
  if (typeof as === 'string') return as !== 'ephemeral';
  const own = config['store_failures'];
  return typeof own === 'boolean' ? own : asked;
}

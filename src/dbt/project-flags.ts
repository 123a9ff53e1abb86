import { parse } from 'yaml';
import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import type { SettingFact } from './environment.ts';
import { type Fields, fields } from './json-fields.ts';
import { asksNothing, settingOfFlag } from './settings.ts';

/** The files besides the command and the environment in which dbt looks for settings, as text; null when there is none. */
export interface FlagFiles {
  /** dbt_project.yml */
  readonly project: string | null;
  /** ~/.dbt/user_settings.yml, which dbt reads since 1.12. */
  readonly user: string | null;
}

/** Flags that dbt-passport sets itself for every run, over those of a file: see adapters/dbt-session. */
const OVERRIDDEN: ReadonlySet<string> = new Set([
  'log_file_max_bytes',
  'log_format_file',
  'log_level_file',
  'log_path',
  'profile',
  'profiles_dir',
  'project_dir',
  'target_path',
  'use_v2_parser',
  'v2_parser',
  'write_json',
]);

/**
 * The `flags` of the project and of the user that dbt follows where the command and the environment say nothing.
 * Those of the project are its code, and recorded. Those of the user are of no commit: only harmless ones are let be.
 *
 * @throws PassportError ERR_ENVIRONMENT_UNSAFE for a flag of the user that changes what dbt does
 */
export function flagSettings({ project, user }: FlagFiles): readonly SettingFact[] {
  const own = flagsIn(user, 'user');
  const refused = own.filter(({ name, value }) => {
    const setting = settingOfFlag(name);
    return setting === null || (setting.fate === 'refused' && !asksNothing(setting, value));
  });
  if (refused.length > 0) {
    throw new PassportError(
      'ERR_ENVIRONMENT_UNSAFE',
      `expected that only \`command\` and the project say what dbt does, but ~/.dbt/user_settings.yml of this machine sets ${refused.map(({ name }) => name).join(', ')}`,
      {
        reason: 'ENV_DBT_SETTING',
        hint: 'Remove the file, or these flags in it: look for the step or the image of the runner that wrote it.',
      },
    );
  }
  return [...flagsIn(project, 'project'), ...own];
}

function flagsIn(text: string | null, source: 'project' | 'user'): readonly SettingFact[] {
  if (text === null) return [];
  let file: Fields;
  try {
    // YAML as dbt reads it.
    file = fields(parse(text, { version: '1.1', logLevel: 'error', maxAliasCount: 100 }));
  } catch {
    return [{ name: 'flags', value: 'not known: the file could not be read', source }];
  }
  return Object.entries(fields(file['flags']))
    .filter(([name]) => !OVERRIDDEN.has(name.toLowerCase()))
    .map(([name, value]) => ({ name: plain(name, 100), value: plain(shown(value), 200), source }));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

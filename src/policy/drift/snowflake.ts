import * as v from 'valibot';
import { plain } from '../../untrusted.ts';
import type { Box } from './box.ts';
import { csvRows } from './csv.ts';
import type { Deployed, DeployedFile, Reader, ReadingContext } from './deployed.ts';
import { principalOfFile, stemOf } from './file-name.ts';
import { jsonOf, readEach, shaped, Unreadable } from './foreign.ts';
import { identityBox } from './snowflake-identity.ts';
import { Unclear } from './unclear.ts';

type Row = ReadonlyMap<string, unknown>;
type Part = Omit<Deployed, 'boxes'> & {
  readonly boxes: readonly Box[] | undefined;
  readonly disabled: boolean;
};

const ROWS = v.array(v.record(v.string(), v.unknown()));
/** Properties of DESCRIBE USER that open the user by another way than a workload identity. */
const KEYS = ['HAS_PASSWORD', 'HAS_RSA_PUBLIC_KEY', 'HAS_PAT'];

/**
 * Users as SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS and DESCRIBE USER print them, as JSON or CSV. The file of
 * the first is named for the user. DESCRIBE USER adds what else opens the user, and whether it is disabled.
 */
export const readSnowflake: Reader = (files, context) => {
  const { read, faults } = readEach(files, (file) => [partOf(file, context)]);
  const groups = Map.groupBy(read, ({ principal }) => principal);
  const deployed = [...groups].map(([principal, parts]): Deployed => {
    const boxes = parts.flatMap((part) => part.boxes ?? []);
    const shown = parts.some((part) => part.boxes !== undefined);
    const missing = shown ? [] : ['no file of SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS'];
    return {
      principal,
      files: parts.flatMap((part) => part.files),
      boxes: parts.some(({ disabled }) => disabled) ? [] : boxes,
      unclear: [...missing, ...parts.flatMap((part) => part.unclear)],
    };
  });
  return { deployed, faults };
};

function partOf(file: DeployedFile, { principals }: ReadingContext): Part {
  const rows = rowsOf(file);
  if (rows.some((row) => row.has('property'))) return described(file, rows, { principals });
  if (rows.some((row) => !row.has('additional_info') || !row.has('type'))) {
    throw new Unreadable('expected the columns type and additional_info, or property and value');
  }
  const unclear: string[] = [];
  const boxes = rows.flatMap((row) => {
    try {
      return [identityBox(row)];
    } catch (cause) {
      if (!(cause instanceof Unclear)) throw cause;
      unclear.push(cause.message);
      return [];
    }
  });
  return {
    principal: principalOfFile(file.name, principals),
    files: [file.name],
    boxes,
    unclear,
    disabled: false,
  };
}

function described(
  file: DeployedFile,
  rows: readonly Row[],
  { principals }: Pick<ReadingContext, 'principals'>,
): Part {
  const properties = new Map(
    rows.map((row) => [String(row.get('property')).toUpperCase(), String(row.get('value'))]),
  );
  const yes = (name: string) => properties.get(name)?.toLowerCase() === 'true';
  const name = properties.get('NAME') ?? '';
  const own = principals.filter((each) => each.name.toLowerCase().endsWith(`/${name.toLowerCase()}`));
  return {
    principal:
      own.length === 1
        ? principalOfFile(name, principals)
        : principalOfFile(stemOf(file.name).replace(/\.user$/, ''), principals),
    files: [file.name],
    boxes: undefined,
    unclear: KEYS.filter(yes).map((key) => `the user can log in by other means: ${plain(key)}`),
    disabled: yes('DISABLED'),
  };
}

/** Names of columns are those of the command, in any case. */
function rowsOf(file: DeployedFile): readonly Row[] {
  if (!/^\s*[[{]/.test(file.text)) return csvRows(file.text);
  return shaped(ROWS, jsonOf(file), 'rows').map(
    (row) => new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value])),
  );
}

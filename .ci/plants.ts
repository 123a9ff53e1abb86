/** One fault to put into the sources, and the test that must see it. */
export interface Plant {
  readonly about:
    | 'results'
    | 'freshness'
    | 'code beside nodes'
    | 'lineage'
    | 'checkout'
    | 'people'
    | 'settings'
    | 'runner';
  /** What is wrong then, in words. */
  readonly what: string;
  readonly file: string;
  /** Stands once in the file. */
  readonly from: string;
  readonly to: string;
  /** The name may be a part of the title. */
  readonly test: { readonly file: string; readonly name: string };
}

/** The text of the file with the fault. @throws when the place is not there, or not the only one */
export function planted({ file, from, to }: Plant, text: string): string {
  const places = text.split(from).length - 1;
  if (places !== 1) throw new Error(`${file} has ${places} places with: ${from}`);
  return text.replace(from, () => to);
}

export const PLANTS: readonly Plant[] = [
  {
    about: 'results',
    what: 'docs generate counts as a command that executes nodes',
    file: 'src/dbt/effect.ts',
    from: "['generate', 'documented']",
    to: "['generate', 'executed']",
    test: { file: 'test/dbt/outcome.test.ts', name: 'has no results, whatever dbt wrote' },
  },
  {
    about: 'results',
    what: 'compile counts as a command that executes nodes',
    file: 'src/dbt/effect.ts',
    from: "['compile', 'compiled']",
    to: "['compile', 'executed']",
    test: { file: 'test/oracle/duckdb/nothing-runs.test.ts', name: 'compile' },
  },
  {
    about: 'results',
    what: 'what had nothing to do counts as succeeded',
    file: 'src/dbt/outcome.ts',
    from: "'no-op': 'noOp',",
    to: "'no-op': 'succeeded',",
    test: { file: 'test/dbt/outcome.test.ts', name: 'FF-A7 no-op and reused are counted apart' },
  },
  {
    about: 'results',
    what: 'a test that warned counts as succeeded',
    file: 'src/dbt/outcome.ts',
    from: "warned: 'warned',",
    to: "warned: 'succeeded',",
    test: { file: 'test/oracle/duckdb/outcomes.test.ts', name: 'build: seeds, models' },
  },
  {
    about: 'results',
    what: 'the plan is not compared when a command executes nothing',
    file: 'src/dbt/check-runs.ts',
    from: 'if (unplanned.length === 0) return;',
    to: 'if (unplanned.length === 0 || !executes(name)) return;',
    test: { file: 'test/dbt/check-runs.test.ts', name: 'must keep to its plan too' },
  },
  {
    about: 'results',
    what: 'a test whose result dbt took over from an earlier run has not passed',
    file: 'src/lineage/assertions.ts',
    from: "status === 'success' || status === 'reused'",
    to: "status === 'success'",
    test: { file: 'test/lineage/test-run.test.ts', name: 'FF-A23 a test whose result dbt reused' },
  },
  {
    about: 'code beside nodes',
    what: 'no hook is planned for a run',
    file: 'src/dbt/beside.ts',
    from: "new Set(['build', 'run', 'seed', 'snapshot', 'test'])",
    to: "new Set(['build', 'seed', 'snapshot', 'test'])",
    test: { file: 'test/oracle/duckdb/code.test.ts', name: 'run: hooks of the run and of a model write' },
  },
  {
    about: 'code beside nodes',
    what: 'the macro of a run-operation is not in its plan',
    file: 'src/dbt/beside.ts',
    from: "if (name !== 'run-operation') return null;",
    to: "if (name !== 'run-operation' || args.length < 9) return null;",
    test: { file: 'test/dbt/plan.test.ts', name: 'FF-A5 plans the macro of %s' },
  },
  {
    about: 'code beside nodes',
    what: 'any macro may run when run-operation names one',
    file: 'src/dbt/beside.ts',
    from: "if (operation === undefined || kindOf(uniqueId) !== 'macro') return false;",
    to: "return kindOf(uniqueId) === 'macro' && operation !== undefined;",
    test: { file: 'test/dbt/outcome.test.ts', name: 'FF-A5 run-operation %s that ran %s' },
  },
  {
    about: 'code beside nodes',
    what: 'a retry runs although the line before it did not fail',
    file: 'src/dbt/execute.ts',
    from: "    return 'skip';\n",
    to: "    return 'run';\n",
    test: { file: 'test/dbt/execute.test.ts', name: 'runs a retry only after a line that failed' },
  },
  {
    about: 'freshness',
    what: 'a line that depends on the freshness is not planned again before it runs',
    file: 'src/dbt/execute.ts',
    from: "if (selection === 'deferred') await watch.planNow(runs.length);",
    to: '',
    test: {
      file: 'test/dbt/execute.test.ts',
      name: 'plans a deferred command when the lines before it have run',
    },
  },
  {
    about: 'results',
    what: 'what an interrupted dbt had built is not known',
    file: 'src/adapters/dbt-session.py',
    from: '            self.write_manifest(manifest, invocation_id)\n',
    to: '',
    test: { file: 'test/oracle/duckdb/outcomes.test.ts', name: 'run: cancelled while the second' },
  },
  {
    about: 'code beside nodes',
    what: 'dbt ls does not get what --models selects',
    file: 'src/dbt/selection.ts',
    from: "['--select', '-s', '--models', '--model', '-m']",
    to: "['--select', '-s', '--model', '-m']",
    test: { file: 'test/dbt/selection.test.ts', name: 'FF-A23 %s selects in `dbt ls`' },
  },
  {
    about: 'code beside nodes',
    what: 'the login in the URL of a package goes on record',
    file: 'src/dbt/packages.ts',
    from: "return from.replace(/^([a-z][a-z0-9+.-]*:\\/\\/)[^/@]*@/i, '$1');",
    to: 'return from;',
    test: { file: 'test/dbt/packages.test.ts', name: 'no login of a URL' },
  },
  {
    about: 'code beside nodes',
    what: 'nothing is recorded of the packages that deps installed',
    file: 'src/adapters/dbt-session.ts',
    from: "command.name === 'deps' && exitCode === 0 && !hasOption(command.args, '--lock')",
    to: 'false',
    test: { file: 'test/adapters/dbt-packages.test.ts', name: 'FF-A6 says which packages it installed' },
  },
];

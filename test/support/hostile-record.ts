/** Foreign text that tries to become something else where it is shown. */
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import type { LineageGraph } from '../../src/lineage/graph.ts';
import {
  ALLOWED,
  artifacts,
  checkoutOf,
  ENGINE,
  GRANT,
  identity,
  invocation,
  loadedPolicy,
  nodeResult,
  startedRecord,
} from './records.ts';

export const HOSTILE_TEXTS: readonly string[] = [
  '<script>window.owned = 1</script>',
  '<img src=x onerror="window.owned = 1">',
  '"><iframe src="https://evil.example/"></iframe>',
  "' onmouseover='window.owned = 1",
  '</style><script>window.owned = 1</script>',
  '</title></svg><a href="javascript:alert(1)">x</a>',
  '<!-- --><![CDATA[ ]]>',
  '[click](javascript:alert(1))',
  '![x](https://evil.example/pixel.png)',
  'a|b|c `code` ``` ~~~ **bold** _em_ # head',
  '```\n\n# broken out\n\n<b>html</b>',
  'https://evil.example/ www.evil.example @octocat #1',
  '"]:::failed\n  click n0 "javascript:alert(1)"',
  '"] --> n99["x',
  '%%{init: {"securityLevel": "loose"}}%%',
  '`**markdown**`',
  '#quot; #60; &lt; &#60; end subgraph x',
  '1. list',
  '$$x^2$$ fa:fa-bomb',
  '::error::x\r\n::set-output name=a::b',
  '\u202eoverride\u2066 \u0000\u001b[31mred\u2028\ud800',
  '__proto__',
  'constructor',
  '',
  'x'.repeat(3000),
];

export function hostileGraph(): LineageGraph {
  const kinds = ['source', 'seed', 'model', 'snapshot', 'exposure', '<b>kind</b>'];
  const statuses = ['failed', 'warned', 'success', 'skipped', 'not-run'] as const;
  return {
    nodes: HOSTILE_TEXTS.map((text, index) => ({
      id: `model.${index}.${text}`,
      label: text,
      kind: kinds[index % kinds.length] ?? 'model',
      status: statuses[index % statuses.length] ?? 'success',
      tags: [text],
    })),
    edges: HOSTILE_TEXTS.map((text, index) => [
      `model.${index}.${text}`,
      `model.${(index + 1) % HOSTILE_TEXTS.length}.${HOSTILE_TEXTS[(index + 1) % HOSTILE_TEXTS.length]}`,
    ]),
  };
}

/** A failed run in which one hostile text stands everywhere that foreign text can stand. */
export function hostileRecord(text: string): EvidenceRecord {
  const record = startedRecord({
    context: {
      repository: text,
      runId: text,
      ref: text,
      actor: text,
      workflow: text,
      job: text,
      serverUrl: 'javascript:alert(1)//',
    },
  });
  const command = { text, name: 'build', args: [text] };
  const results = HOSTILE_TEXTS.map((message, index) =>
    nodeResult(`${index % 2 === 0 ? 'model' : 'test'}.${index}.${text}`, {
      status: 'failed',
      raw: text,
      message,
    }),
  );
  record.keep('policy', { ...loadedPolicy(), source: text });
  record.keep(
    'identity',
    identity({
      repository: text,
      actor: text,
      environment: text,
      ref: text,
      workflow_ref: text,
      job_workflow_ref: text,
    }),
  );
  record.keep('decision', { ...ALLOWED, rule: text, policySource: text });
  record.keep('grants', new Map([[text, GRANT]]));
  const differences = { modified: [text], missing: [text], untracked: [text], outside: [text] };
  record.keep('checkout', {
    observed: checkoutOf(text, { against: { kind: 'other-repository', repository: text }, differences }),
    clause: { kind: 'any' },
  });
  record.keep('changedInRun', [text]);
  record.keep('engine', {
    ...ENGINE,
    executable: text,
    version: text,
    adapters: { [text]: text },
    packages: [text],
  });
  record.keep('plan', {
    commands: [
      { command, selection: 'resolved', nodes: [text], hooks: [text] },
      { command, selection: 'none', nodes: [], operation: text },
    ],
    hooks: [text],
  });
  record.keep('credentials', [
    {
      provider: 'aws',
      principal: text,
      scope: text,
      route: text,
      issuedAt: text,
      expiresAt: text,
      requestId: text,
    },
  ]);
  const invocationFact = invocation({
    command,
    exitCode: 1,
    signal: text,
    invocationId: text,
    startedAt: text,
  });
  record.keep('runs', [{ invocation: invocationFact, artifacts: artifacts(results) }]);
  record.keep('lineage', hostileGraph());
  return record;
}

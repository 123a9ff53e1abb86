// Whether Go can build something here.
import { spawnSync } from 'node:child_process';

/** From here on Go gets itself a newer one, unless GOTOOLCHAIN forbids it. */
const SWITCHING_MINOR = 21;

/** Why Go cannot build what needs Go 1.`minor`; undefined when it can. */
export function noGo(minor) {
  const answer = spawnSync('go', ['env', 'GOVERSION', 'GOTOOLCHAIN'], { encoding: 'utf8' });
  if (answer.status !== 0) return 'no Go was found on PATH';
  const [version, toolchain] = answer.stdout.split('\n');
  const have = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? 0);
  if (have >= minor || (have >= SWITCHING_MINOR && toolchain !== 'local')) return undefined;
  return `this is ${version}`;
}

// Keycloak, from its archive in Maven Central, built once for the tests' settings.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CACHE, SetupError, say, step } from './setup-step.mjs';

const VERSION = '26.7.5';
/** SHA-256 of the archive. */
const SUM = '30ef87fb7101c43d29688d1ae80c0588ff4a151b3330e9f664bf9692d398658a';
/** The oldest Java that this version runs on. */
const JAVA_MAJOR = 17;
const ARTIFACT = `-Dartifact=org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`;
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

export async function installKeycloak() {
  const home = join(CACHE, `keycloak-${VERSION}`);
  const reason = noJava() ?? (existsSync(home) ? undefined : noMaven());
  if (reason !== undefined) {
    say(`Keycloak needs Java ${JAVA_MAJOR} and Maven; ${reason}: tests that need it are skipped`);
    return {};
  }
  if (!existsSync(home)) await install(home);
  return { DBT_PASSPORT_KEYCLOAK: home };
}

function noJava() {
  const answer = spawnSync('java', ['-version'], { encoding: 'utf8' });
  if (answer.status !== 0) return 'no Java was found on PATH';
  const version = /version "([^"]+)"/.exec(answer.stderr)?.[1] ?? 'unknown';
  return Number.parseInt(version, 10) >= JAVA_MAJOR ? undefined : `this is Java ${version}`;
}

function noMaven() {
  return spawnSync('mvn', ['-v'], { encoding: 'utf8' }).status === 0 ? undefined : 'no mvn was found on PATH';
}

/** The folder has its name when all is done, so an interrupted set-up starts again. */
async function install(home) {
  const work = `${home}.${randomBytes(4).toString('hex')}`;
  mkdirSync(work, { recursive: true });
  try {
    const maven = (goal) => ['-q', '-B', `${PLUGIN}:${goal}`, ARTIFACT, `-DoutputDirectory=${work}`];
    await step('Keycloak from Maven Central', 'mvn', maven('copy'), { cwd: work });
    const archive = join(work, `keycloak-quarkus-dist-${VERSION}.zip`);
    const sum = createHash('sha256');
    await pipeline(createReadStream(archive), sum);
    const found = sum.digest('hex');
    if (found !== SUM) throw new SetupError(`${archive} has the SHA-256 ${found}, expected ${SUM}`);
    await step('Keycloak unpacked', 'mvn', ['-o', ...maven('unpack')], { cwd: work });
    const unpacked = join(work, `keycloak-${VERSION}`);
    await step('Keycloak built for tests, a minute once per machine', 'sh', [
      join(unpacked, 'bin', 'kc.sh'),
      ...['build', '--db=dev-mem', '--cache=local', '--health-enabled=false', '--metrics-enabled=false'],
    ]);
    renameSync(unpacked, home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

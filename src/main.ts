import { randomBytes } from 'node:crypto';
import { openDbt } from './adapters/dbt-session.ts';
import { evidenceFolder } from './adapters/evidence-folder.ts';
import { githubIdToken } from './adapters/github-oidc.ts';
import { issuerJwks } from './adapters/jwks.ts';

import { describe } from 'vitest';
import { isTheDecision } from './is-the-decision.ts';
import { LUA } from './kong-gateway.ts';

describe('the trust of a gateway is the decision of the gate', () => {
  isTheDecision({ target: 'keycloak' }, 3_000);
});

const reason = LUA === undefined ? ' (no luajit or lua5.1 with lua-cjson on this machine)' : '';
describe.skipIf(LUA === undefined)(`the trust of Kong is the decision of the gate${reason}`, () => {
  isTheDecision({ target: 'kong', options: { bind: 'sub' } }, 3_000);
  isTheDecision({ target: 'kong', options: { bind: 'kid' } }, 3_000);
});

import { Secret } from '../secret.ts';
import type { Broker } from './broker.ts';

/** A broker whose authorizations are held as secrets, in each form that a client may show, before it has one. */
export function heldBroker(broker: Broker, hold: (secrets: readonly Secret[]) => void): Broker {
  return {
    serve: async (route, client) => {
      const address = await broker.serve(route, client);
      const [, credentials = ''] = address.authorization.reveal().split(' ');
      const password = client === 'oauth' ? [atob(credentials).replace(/^[^:]*:/, '')] : [];
      hold([address.authorization, ...[credentials, ...password].map((text) => new Secret(text))]);
      return address;
    },
  };
}

import DNS from 'dns2';
import type { RecordCache } from './record-cache';
import type { Answer } from './zone-records';
import { answerFor } from './zone-records';

export interface DnsServerOptions {
  readonly zone: string;
  readonly cache: RecordCache;
  readonly listen: { readonly host: string; readonly port: number };
  /** In [0, 1); given by tests. */
  readonly random?: () => number;
}

export interface DnsServer {
  close(): Promise<void>;
}

/** dns2's types leave these out. */
const RESPONSE_CODE = { noError: 0, serverFailure: 2, noSuchName: 3, refused: 5 } as const;
const { TYPE, CLASS } = DNS.Packet;
/** "No such name" may be remembered this long: a record that appears is to be seen soon. */
const NEGATIVE_TTL_SECONDS = 1;

const soaOf = (zone: string): Partial<DNS.Packet.Resource> => ({
  name: zone,
  type: TYPE.SOA,
  class: CLASS.IN,
  ttl: NEGATIVE_TTL_SECONDS,
  primary: `ns.${zone}`,
  admin: `hostmaster.${zone}`,
  serial: 1,
  refresh: 60,
  retry: 60,
  expiration: 60,
  minimum: NEGATIVE_TTL_SECONDS,
});

const resource = (fields: Partial<DNS.Packet.Resource>) => new DNS.Packet.Resource(fields);

const fill = (response: DNS.Packet, question: DNS.Packet.Question, answer: Answer, zone: string): void => {
  if (answer.kind === 'addresses') {
    const { addresses, ttlSeconds: ttl } = answer.record;
    const { name } = question;
    response.answers = addresses.map((address) =>
      resource({ name, type: TYPE.A, class: CLASS.IN, ttl, address }),
    );
    return;
  }
  if (answer.kind === 'not-ours') {
    response.header.rcode = RESPONSE_CODE.refused;
    return;
  }
  if (answer.kind === 'no-such-name') response.header.rcode = RESPONSE_CODE.noSuchName;
  const isApexSoa = question.type === TYPE.SOA && question.name.toLowerCase() === zone.toLowerCase();
  response[isApexSoa ? 'answers' : 'authorities'] = [resource(soaOf(zone))];
};

/** An authoritative answer to one query. */
const respond = (request: DNS.Packet, options: DnsServerOptions): DNS.Packet => {
  const response = DNS.Packet.createResponseFromRequest(request);
  response.additionals = [];
  response.header.aa = 1;
  const [question] = request.questions;
  const records = options.cache.current();
  if (question === undefined || records === null) {
    response.header.rcode = RESPONSE_CODE.serverFailure;
    return response;
  }
  const asked = { name: question.name, wantsAddress: question.type === TYPE.A };
  const answer = answerFor(asked, options.zone, records, (options.random ?? Math.random)());
  fill(response, question, answer, options.zone);
  return response;
};

/** Answers on UDP and TCP of one address. @throws the listen error when it is taken. */
export const startDnsServer = async (options: DnsServerOptions): Promise<DnsServer> => {
  const server = DNS.createServer({
    udp: true,
    tcp: true,
    handle: (request, send) => {
      // TCP's send answers nothing, UDP's a promise; a client that is gone by now needs no answer.
      Promise.resolve(send(respond(request, options))).catch(() => undefined);
    },
  });
  const { host: address, port } = options.listen;
  const failed = new Promise<never>((_, reject) => server.on('error', reject));
  // Garbage is dropped, as by any name server.
  server.on('requestError', () => undefined);
  await Promise.race([server.listen({ udp: { port, address }, tcp: { port, address } }), failed]);
  failed.catch(() => undefined);
  return { close: () => server.close() };
};

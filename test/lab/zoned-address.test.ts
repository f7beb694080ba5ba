import { addressesByZone, zonedAddress } from '../../lib/lab/zoned-address';

describe('a server of a zone', () => {
  it('is read from one argument', () => {
    const servers = ['az-a=198.18.1.1:9092', 'az-b=b.test:9093'].map(zonedAddress);
    expect(addressesByZone(servers)).toEqual({
      'az-a': { host: '198.18.1.1', port: 9092 },
      'az-b': { host: 'b.test', port: 9093 },
    });
  });

  it.each(['198.18.1.1:9092', 'az-a=198.18.1.1', 'az-a=x:y', ''])('is not %j', (text) => {
    expect(() => zonedAddress(text)).toThrow(/ZONE=HOST:PORT is needed, found/);
  });
});

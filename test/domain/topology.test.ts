import {
  apiOf,
  dataZones,
  isCompared,
  postgresOf,
  Store,
  witnessesOf,
  zonesOfRole,
} from '../../lib/domain/topology';
import { topologyWith } from './decision/world';

describe('a topology', () => {
  const topology = topologyWith();

  it('knows its zones by role', () => {
    expect(zonesOfRole(topology, 'primary')).toEqual(['az-a']);
    expect(zonesOfRole(topology, 'secondary')).toEqual(['az-b']);
    expect(zonesOfRole(topology, 'witness')).toEqual(['az-c']);
    expect(dataZones(topology)).toEqual(['az-a', 'az-b']);
  });

  it('has a witness in every zone and one in none', () => {
    expect(witnessesOf(topology)).toEqual(['az-a', 'az-b', 'az-c', 'region']);
  });

  it('has stores whose copies are compared, and one that is only looked at', () => {
    expect(Object.values(Store).filter(isCompared)).toEqual(['postgres', 'redis', 'objects']);
  });

  it('knows its components, and says so when it has none of a kind', () => {
    expect(postgresOf(topology)?.component).toBe('postgres');
    expect(apiOf(topology)?.component).toBe('api');
    const bare = { ...topology, components: [] };
    expect([postgresOf(bare), apiOf(bare)]).toEqual([undefined, undefined]);
  });
});

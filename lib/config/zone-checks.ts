import type { CrossCheck } from './cross-checks';
import type { Deployment } from './deployment-schema';
import type { Finding } from './findings';
import { shown } from './findings';

type Zone = Deployment['zones'][number];
type Role = Zone['role'];

/** `region` is a witness without a zone; `clients` and `host` are places of the lab. */
const RESERVED: readonly string[] = ['region', 'clients', 'host'];

/** `use1-az1`, `apne1-az4`: the same place in every account. */
const AZ_ID = /^[a-z]{2,5}\d-az\d{1,2}$/;
/** `us-east-1a`: another place in every account. */
const AZ_NAME = /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/;
const AZ_IDS_LISTED = 'aws ec2 describe-availability-zones --query "AvailabilityZones[].[ZoneName,ZoneId]"';

const countOf = (zones: readonly Zone[], role: Role): number =>
  zones.filter((zone) => zone.role === role).length;

const roles = ({ zones }: Deployment): readonly Finding[] => {
  const wrong = (role: Role, allowed: string): Finding => ({
    path: ['zones'],
    found: `${countOf(zones, role)} zones with role ${role}`,
    allowed,
  });
  return [
    ...(countOf(zones, 'primary') === 1 ? [] : [wrong('primary', 'exactly one')]),
    ...(countOf(zones, 'secondary') > 0 ? [] : [wrong('secondary', 'one or more')]),
    ...(countOf(zones, 'witness') > 0
      ? []
      : [wrong('witness', 'one or more: a vote has to come from outside both data zones')]),
  ];
};

const uniqueIds = ({ zones }: Deployment): readonly Finding[] =>
  zones.flatMap(({ id }, index) => {
    const twice = zones.findIndex((zone) => zone.id === id) < index;
    if (!twice && !RESERVED.includes(id)) return [];
    const allowed = twice ? 'each zone id once' : `any id but ${RESERVED.join(', ')}`;
    return [{ path: ['zones', index, 'id'], found: shown(id), allowed }];
  });

const azIds = ({ target, zones }: Deployment): readonly Finding[] =>
  target.kind !== 'aws'
    ? []
    : zones.flatMap(({ id }, index) => {
        if (AZ_ID.test(id)) return [];
        const advice = AZ_NAME.test(id)
          ? `that is the name of an AZ, which means another place in every account; list the ids with: ${AZ_IDS_LISTED}`
          : `list the ids with: ${AZ_IDS_LISTED}`;
        return [
          { path: ['zones', index, 'id'], found: shown(id), allowed: 'an AZ id, like use1-az1', advice },
        ];
      });

const LAB_ID_LENGTH = 12;
/** A zone of the lab is a network interface, too, and the kernel limits these names to 15 characters. */
const labIds = ({ target, zones }: Deployment): readonly Finding[] =>
  target.kind !== 'lab'
    ? []
    : zones.flatMap(({ id }, index) =>
        id.length <= LAB_ID_LENGTH
          ? []
          : [
              {
                path: ['zones', index, 'id'],
                found: shown(id),
                allowed: `at most ${LAB_ID_LENGTH} characters in a lab`,
              },
            ],
      );

export const zoneChecks: readonly CrossCheck[] = [
  { needs: ['zones'], find: roles },
  { needs: ['zones'], find: uniqueIds },
  { needs: ['target', 'zones'], find: azIds },
  { needs: ['target', 'zones'], find: labIds },
];

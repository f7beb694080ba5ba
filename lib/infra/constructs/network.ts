import { Annotations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Topology, Zone, ZoneId } from '../../domain/topology';
import { ZoneRole } from '../../domain/topology';

/** The part of a Lambda's properties that puts it into the VPC. */
export interface Placement {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets: ec2.SubnetSelection;
  readonly securityGroups: readonly ec2.ISecurityGroup[];
}

/** The configuration leaves out what pins a Lambda to its zone. */
class ZoneNotPinned extends Error {
  constructor(what: string) {
    super(`${what} is missing in the configuration: without it a witness cannot be pinned to its zone.`);
    this.name = 'ZoneNotPinned';
  }
}

/** Where Lambdas run. The lab has no VPC: there the emulator puts a witness into its zone's own network. */
export interface Network {
  readonly witness: (zone: ZoneId) => Placement | undefined;
  readonly stores: Placement | undefined;
  readonly securityGroupIds: Readonly<Record<string, string>>;
}

const NO_NETWORK: Network = { witness: () => undefined, stores: undefined, securityGroupIds: {} };

export const createNetwork = (scope: Construct, topology: Topology): Network =>
  topology.target.kind === 'aws' ? new VpcNetwork(scope, 'Network', topology) : NO_NETWORK;

/** Ports of everything that a Lambda in the VPC may call: stores, APIs, peers; and HTTPS for the AWS APIs. */
const portsOf = (topology: Topology): readonly number[] => {
  const endpoints = topology.components.flatMap((component) => Object.values(component.endpoints));
  const addresses = [...endpoints, ...Object.values(topology.peers)];
  const ports = [...addresses.map(({ port }) => port), topology.traffic.servicePort, 443];
  return [...new Set(ports)].sort((a, b) => a - b);
};

/** An existing VPC, named by its ids: nothing is looked up, so a synthesis needs no credentials. */
class VpcNetwork extends Construct implements Network {
  readonly stores: Placement;
  readonly securityGroupIds: Readonly<Record<string, string>>;
  private readonly vpc: ec2.IVpc;
  private readonly witnesses: ec2.SecurityGroup;

  constructor(
    scope: Construct,
    id: string,
    private readonly topology: Topology,
  ) {
    super(scope, id);
    const { vpcId } = topology.target;
    if (vpcId === undefined) throw new ZoneNotPinned('target.vpcId');
    const availabilityZones = topology.zones.map((zone) => zone.id);
    this.vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, availabilityZones });
    this.witnesses = this.securityGroup('Witnesses', 'Evac witnesses: probes');
    const steps = this.securityGroup('Steps', 'Evac steps that reach the stores');
    this.stores = this.placement(this.zonesOfSteps(), steps);
    this.securityGroupIds = {
      WitnessSecurityGroup: this.witnesses.securityGroupId,
      StepSecurityGroup: steps.securityGroupId,
    };
  }

  witness = (zone: ZoneId): Placement | undefined => {
    const found = this.topology.zones.find(({ id }) => id === zone);
    return found && this.placement([found], this.witnesses);
  };

  /** Outside the data zones, so that the zone that is left never takes the steps with it. */
  private zonesOfSteps(): readonly Zone[] {
    const outside = this.topology.zones.filter((zone) => zone.role === ZoneRole.witness);
    return outside.length > 0 ? outside : this.topology.zones;
  }

  private placement(zones: readonly Zone[], group: ec2.ISecurityGroup): Placement {
    const subnets = zones.map((zone) => this.subnet(zone));
    return { vpc: this.vpc, vpcSubnets: { subnets }, securityGroups: [group] };
  }

  private subnet({ id, subnetId }: Zone): ec2.ISubnet {
    if (subnetId === undefined) throw new ZoneNotPinned(`subnetId of zone ${id}`);
    const name = `Subnet-${id}`;
    const known = this.node.tryFindChild(name) as ec2.ISubnet | undefined;
    if (known !== undefined) return known;
    const subnet = ec2.Subnet.fromSubnetAttributes(this, name, { subnetId, availabilityZone: id });
    Annotations.of(subnet).acknowledgeWarning(
      '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      "no route is added: route tables and endpoints are the user's",
    );
    return subnet;
  }

  private securityGroup(id: string, description: string): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
    for (const port of portsOf(this.topology))
      group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port), `TCP ${port}`);
    return group;
  }
}

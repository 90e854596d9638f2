import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { runTool } from './node-process.ts'
import type { NetworkPlan, PlannedOrg } from './plan.ts'

/** Has `cryptogen` make every certificate of the network. */
export async function makeCrypto(plan: NetworkPlan, cryptogen: string): Promise<void> {
  const specs = (names: readonly string[], domain: string) =>
    names.map((name) => ({
      Hostname: name.slice(0, name.indexOf('.')),
      CommonName: name,
      SANS: ['127.0.0.1', 'localhost', domain],
    }))
  const config = {
    OrdererOrgs: [
      {
        Name: plan.ordererOrg.name,
        Domain: plan.ordererOrg.domain,
        EnableNodeOUs: true,
        Specs: specs(
          plan.nodes.orderers.map(({ name }) => name),
          plan.ordererOrg.domain,
        ),
      },
    ],
    PeerOrgs: plan.orgs.map((org) => ({
      Name: org.name,
      Domain: org.domain,
      EnableNodeOUs: true,
      Specs: specs(
        plan.nodes.peers.filter((peer) => peer.org === org).map(({ name }) => name),
        org.domain,
      ),
      Users: { Count: 1 },
    })),
  }
  const file = join(plan.root, 'crypto-config.yaml')
  writeFileSync(file, stringify(config))
  await runTool(cryptogen, ['generate', `--config=${file}`, `--output=${join(plan.root, 'crypto')}`], {})
}

/** Has `configtxgen` make the channel's genesis block. @returns its bytes */
export async function makeGenesisBlock(plan: NetworkPlan, configtxgen: string): Promise<Uint8Array> {
  const folder = plan.root
  writeFileSync(join(folder, 'configtx.yaml'), stringify({ Profiles: { Channel: channelProfile(plan) } }))
  const output = join(folder, 'genesis.block')
  const args = ['-profile', 'Channel', '-channelID', plan.channel, '-outputBlock', output, '-configPath', folder]
  await runTool(configtxgen, args, { FABRIC_CFG_PATH: folder })
  return new Uint8Array(readFileSync(output))
}

const implicit = (rule: string) => ({ Type: 'ImplicitMeta', Rule: rule })
const signature = (rule: string) => ({ Type: 'Signature', Rule: rule })
const sharedPolicies = {
  Readers: implicit('ANY Readers'),
  Writers: implicit('ANY Writers'),
  Admins: implicit('MAJORITY Admins'),
}

function organization(org: PlannedOrg, more: object) {
  const { name, mspId, crypto } = org
  return {
    Name: name,
    ID: mspId,
    MSPDir: join(crypto, 'msp'),
    Policies: {
      Readers: signature(`OR('${mspId}.member')`),
      Writers: signature(`OR('${mspId}.member')`),
      Admins: signature(`OR('${mspId}.admin')`),
      Endorsement: signature(`OR('${mspId}.peer')`),
    },
    ...more,
  }
}

function channelProfile(plan: NetworkPlan) {
  const modern = plan.version.startsWith('3')
  return {
    Policies: sharedPolicies,
    Capabilities: modern ? { V3_0: true } : { V2_0: true },
    Orderer: {
      OrdererType: plan.consensus,
      BatchTimeout: '200ms',
      BatchSize: { MaxMessageCount: 100, AbsoluteMaxBytes: '10 MB', PreferredMaxBytes: '2 MB' },
      Organizations: [
        organization(plan.ordererOrg, {
          OrdererEndpoints: plan.nodes.orderers.map(({ host, port }) => `${host}:${port}`),
        }),
      ],
      Policies: { ...sharedPolicies, BlockValidation: implicit('ANY Writers') },
      Capabilities: { V2_0: true },
      ...(plan.consensus === 'BFT' ? bft(plan) : raft(plan)),
    },
    Application: {
      Organizations: plan.orgs.map((org) =>
        organization(org, {
          AnchorPeers: plan.nodes.peers
            .filter((peer) => peer.org === org)
            .slice(0, 1)
            .map(({ host, port }) => ({ Host: host, Port: port })),
        }),
      ),
      Policies: {
        ...sharedPolicies,
        LifecycleEndorsement: implicit('MAJORITY Endorsement'),
        Endorsement: implicit('MAJORITY Endorsement'),
      },
      Capabilities: { V2_5: true },
    },
  }
}

function raft(plan: NetworkPlan) {
  return {
    EtcdRaft: {
      Consenters: plan.nodes.orderers.map(({ host, port, crypto }) => ({
        Host: host,
        Port: port,
        ClientTLSCert: join(crypto, 'tls/server.crt'),
        ServerTLSCert: join(crypto, 'tls/server.crt'),
      })),
      Options: {
        TickInterval: '100ms',
        ElectionTick: 10,
        HeartbeatTick: 1,
        MaxInflightBlocks: 5,
        SnapshotIntervalSize: '16 MB',
      },
    },
  }
}

function bft(plan: NetworkPlan) {
  return {
    // Fabric's defaults let a dead leader stall a channel for a minute.
    SmartBFT: {
      RequestBatchMaxCount: 100,
      RequestBatchMaxBytes: 10_485_760,
      RequestBatchMaxInterval: '50ms',
      IncomingMessageBufferSize: 200,
      RequestPoolSize: 100_000,
      RequestForwardTimeout: '1s',
      RequestComplainTimeout: '4s',
      RequestAutoRemoveTimeout: '3m0s',
      ViewChangeResendInterval: '1s',
      ViewChangeTimeout: '6s',
      LeaderHeartbeatTimeout: '3s',
      LeaderHeartbeatCount: 10,
      CollectTimeout: '1s',
    },
    ConsenterMapping: plan.nodes.orderers.map(({ name, host, port, crypto }, index) => ({
      ID: index + 1,
      Host: host,
      Port: port,
      MSPID: plan.ordererOrg.mspId,
      Identity: join(crypto, `msp/signcerts/${name}-cert.pem`),
      ClientTLSCert: join(crypto, 'tls/server.crt'),
      ServerTLSCert: join(crypto, 'tls/server.crt'),
    })),
  }
}

/** The core.yaml that Fabric ships starts a peer, with variables for paths, MSP and addresses. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { waitUntilConnected } from '@cello/fabric'
import { joinPeer, peerChannels } from '@cello/fabric/peers'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { nodeProcess } from '../fabric-harness/node-process.ts'
import { channel } from './ordering.ts'
import { connectTo, planPeerNetwork } from './peers/network.ts'
import { devnodePeer } from './program.ts'

for (const version of ['3.1.5', '2.5.16']) {
  const fabric = realFabric(version, ['peer'])
  test(`the core.yaml that Fabric ${version} ships starts a peer`, { skip: fabric.skip }, async () => {
    const { ordering, peers } = await planPeerNetwork()
    using _files = ordering
    const [plan] = peers
    const config = join(plan.folder, 'config')
    mkdirSync(config)
    copyFileSync(join(fabric.config, 'core.yaml'), join(config, 'core.yaml'))
    const address = `127.0.0.1:${plan.ports.service}`
    const running = nodeProcess({
      ...devnodePeer,
      folder: plan.folder,
      env: {
        PATH: '/usr/bin:/bin',
        FABRIC_CFG_PATH: config,
        CORE_PEER_LISTENADDRESS: address,
        CORE_PEER_ADDRESS: address,
        CORE_PEER_CHAINCODELISTENADDRESS: '127.0.0.1:7052',
        CORE_PEER_GOSSIP_BOOTSTRAP: address,
        CORE_PEER_GOSSIP_EXTERNALENDPOINT: address,
        CORE_PEER_LOCALMSPID: plan.org.mspId,
        CORE_PEER_MSPCONFIGPATH: join(plan.folder, 'msp'),
        CORE_PEER_FILESYSTEMPATH: join(plan.folder, 'data'),
        CORE_PEER_TLS_ENABLED: 'true',
        CORE_PEER_TLS_CERT_FILE: join(plan.folder, 'tls/server.crt'),
        CORE_PEER_TLS_KEY_FILE: join(plan.folder, 'tls/server.key'),
        CORE_PEER_TLS_ROOTCERT_FILE: join(plan.folder, 'tls/ca.crt'),
        CORE_VM_DOCKER_HOSTCONFIG_NETWORKMODE: 'somewhere',
        CORE_OPERATIONS_LISTENADDRESS: `127.0.0.1:${plan.ports.operations}`,
        CORE_METRICS_PROVIDER: 'prometheus',
      },
    })
    running.start()
    const connection = connectTo(plan)
    try {
      await waitUntilConnected(connection, { timeoutMs: 90_000 })
      await joinPeer(connection, plan.org.admin, ordering.genesis)
      assert.deepEqual(await peerChannels(connection, plan.org.admin), [channel])
      const page = await (await fetch(`http://127.0.0.1:${plan.ports.operations}/metrics`)).text()
      assert.match(page, new RegExp(`ledger_blockchain_height\\{channel="${channel}"\\} 1`))
    } catch (cause) {
      throw new Error(running.log(), { cause })
    } finally {
      connection.close()
      await running.stop()
    }
  })
}

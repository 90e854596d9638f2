/** For tests only: MSP folders that Fabric's cryptogen made, and their owners. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type LocalSigner, readLocalMsp } from '../../msp/local-msp.ts'
import type { SignedData } from '../../policies/signed-data.ts'

const vector = new URL('../../../../test/vectors/identity/cryptogen-3.1.5.json', import.meta.url)

/** Writes the whole output of cryptogen below the folder. */
export function writeCryptogen(folder: string): void {
  const files: Record<string, string> = JSON.parse(readFileSync(vector, 'utf8'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

const members = {
  admin: 'peerOrganizations/org1.example/users/Admin@org1.example/msp',
  user: 'peerOrganizations/org1.example/users/User1@org1.example/msp',
  peer: 'peerOrganizations/org1.example/peers/peer0.org1.example/msp',
  stranger: 'ordererOrganizations/orderer.example/users/Admin@orderer.example/msp',
} as const

export const memberFolder = (folder: string, member: keyof typeof members): string => join(folder, members[member])

export function memberSigner(folder: string, member: keyof typeof members, mspId = 'Org1MSP'): LocalSigner {
  return readLocalMsp(memberFolder(folder, member), mspId)
}

export function signed({ serialized, sign }: LocalSigner, data: Uint8Array = Buffer.from('data')): SignedData {
  return { data, identity: serialized, signature: sign(data) }
}

import type { Uuid } from '../base/ids.ts'
import type { Acl } from '../protocol/acl-codes.ts'
import { configKey, type MetadataDelta } from './delta.ts'
import {
  type AclImage,
  type ClientQuotaImage,
  ConfigResource,
  type DelegationTokenImage,
  type QuotaEntityPart,
  type ScramCredentialImage,
} from './image-types.ts'
import type { MetadataRecordData } from './records.ts'

interface ConfigsOfResource {
  readonly resourceType: number
  readonly name: string
  readonly values: Map<string, string>
}

interface MutableQuota extends ClientQuotaImage {
  readonly quotas: Map<string, number>
}

/** The dynamic settings: configs, feature levels, quotas, ACLs, credentials, delegation tokens, producer ids. */
export class SettingsState {
  readonly configs = new Map<string, ConfigsOfResource>()
  readonly features = new Map<string, number>()
  readonly clientQuotas = new Map<string, MutableQuota>()
  readonly acls = new Map<Uuid, AclImage>()
  /** Of all ACLs; from when it is first asked for. */
  #aclKeys: Set<string> | undefined
  readonly scram = new Map<string, ScramCredentialImage>()
  readonly tokens = new Map<string, DelegationTokenImage>()
  nextProducerId = -1

  assign(other: SettingsState): void {
    for (const [key, configs] of other.configs) this.configs.set(key, { ...configs, values: new Map(configs.values) })
    for (const [key, { entity, quotas }] of other.clientQuotas) {
      this.clientQuotas.set(key, { entity, quotas: new Map(quotas) })
    }
    for (const [name, level] of other.features) this.features.set(name, level)
    for (const [id, acl] of other.acls) this.acls.set(id, acl)
    for (const [key, credential] of other.scram) this.scram.set(key, credential)
    for (const [id, token] of other.tokens) this.tokens.set(id, token)
    this.nextProducerId = other.nextProducerId
  }

  configChanged(data: MetadataRecordData<'ConfigRecord'>, delta: MetadataDelta): void {
    const key = configKey(data.resourceType, data.resourceName)
    let resource = this.configs.get(key)
    if (!resource) {
      resource = { resourceType: data.resourceType, name: data.resourceName, values: new Map() }
      this.configs.set(key, resource)
    }
    if (data.value === null) resource.values.delete(data.name)
    else resource.values.set(data.name, data.value)
    if (resource.values.size === 0) this.configs.delete(key)
    delta.config(data.resourceType, data.resourceName)
  }

  topicRemoved(name: string, delta: MetadataDelta): void {
    if (this.configs.delete(configKey(ConfigResource.TOPIC, name))) delta.config(ConfigResource.TOPIC, name)
  }

  featureLevel({ name, featureLevel }: MetadataRecordData<'FeatureLevelRecord'>, delta: MetadataDelta): void {
    if (featureLevel === 0) this.features.delete(name)
    else this.features.set(name, featureLevel)
    delta.features.add(name)
  }

  quotaChanged(data: MetadataRecordData<'ClientQuotaRecord'>, delta: MetadataDelta): void {
    const key = quotaEntityKey(data.entity)
    let quota = this.clientQuotas.get(key)
    if (!quota) {
      quota = { entity: data.entity, quotas: new Map() }
      this.clientQuotas.set(key, quota)
    }
    if (data.remove) quota.quotas.delete(data.key)
    else quota.quotas.set(data.key, data.value)
    if (quota.quotas.size === 0) this.clientQuotas.delete(key)
    delta.clientQuotas = true
  }

  aclAdded(data: AclImage, delta: MetadataDelta): void {
    this.acls.set(data.id, data)
    this.#aclKeys?.add(aclKey(data))
    delta.acls.add(data.id)
  }

  aclRemoved(id: Uuid, delta: MetadataDelta): void {
    const acl = this.acls.get(id)
    if (acl !== undefined) this.#aclKeys?.delete(aclKey(acl))
    this.acls.delete(id)
    delta.acls.add(id)
  }

  hasAcl(acl: Acl): boolean {
    this.#aclKeys ??= new Set([...this.acls.values()].map(aclKey))
    return this.#aclKeys.has(aclKey(acl))
  }

  scramSet(data: ScramCredentialImage, delta: MetadataDelta): void {
    this.scram.set(scramKey(data.mechanism, data.name), data)
    delta.scramUsers.add(data.name)
  }

  scramRemoved({ name, mechanism }: MetadataRecordData<'RemoveUserScramCredentialRecord'>, delta: MetadataDelta): void {
    this.scram.delete(scramKey(mechanism, name))
    delta.scramUsers.add(name)
  }

  tokenSet(data: DelegationTokenImage, delta: MetadataDelta): void {
    this.tokens.set(data.tokenId, data)
    delta.tokens.add(data.tokenId)
  }

  tokenRemoved(tokenId: string, delta: MetadataDelta): void {
    this.tokens.delete(tokenId)
    delta.tokens.add(tokenId)
  }

  producerIds(data: MetadataRecordData<'ProducerIdsRecord'>, delta: MetadataDelta): void {
    this.nextProducerId = data.nextProducerId
    delta.producerIds = true
  }
}

/** The same for ACLs that say the same, whatever their ids. */
export function aclKey(acl: Acl): string {
  const { resourceType, resourceName, patternType, principal, host, operation, permissionType } = acl
  return JSON.stringify([resourceType, resourceName, patternType, principal, host, operation, permissionType])
}

export function scramKey(mechanism: number, name: string): string {
  return `${mechanism}:${name}`
}

/** The same for the parts of an entity in any order. */
export function quotaEntityKey(entity: readonly QuotaEntityPart[]): string {
  return JSON.stringify(
    entity.map((part) => [part.entityType, part.entityName] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  )
}

import type { BrokerChecks } from '../broker/config-changes.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { brokerDefinition, dynamicDefinitions } from '../config/definitions.ts'
import { validateDynamicConfigs } from '../config/dynamic-broker.ts'
import type { EffectiveConfig } from './effective-config.ts'
import type { NodeTls } from './tls/node-tls.ts'

interface Configured {
  readonly config: BrokerConfig
  readonly effective: EffectiveConfig
  readonly tls: Pick<NodeTls, 'check'>
}

/** Changes of broker configs, held against what this broker runs with. */
export function brokerChecks({ config, effective, tls }: Configured): BrokerChecks {
  const definitionOf = (name: string) => dynamicDefinitions.get(name) ?? brokerDefinition(name)
  return {
    nodeId: config.nodeId,
    dynamicTexts: (name) => (name === '' ? effective.layers.defaultTexts : effective.layers.ownTexts),
    validate: (texts, perBroker) => {
      validateDynamicConfigs(texts, perBroker, effective.layers)
      if (perBroker) tls.check(texts)
    },
    isList: (name) => {
      const definition = definitionOf(name)
      return definition && definition.type === 'LIST'
    },
    defaultOf: (name) => definitionOf(name)?.default ?? null,
  }
}

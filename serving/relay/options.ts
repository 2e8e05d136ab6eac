/** The relay's part of the configuration, as its Kafka client needs it. */
import type { Digest } from '../../schemas/kernel/canonical.ts'
import type { KafkaOptions } from '../../streams/relay/kafka/bus.ts'
import { newTokenId } from '../access/secrets.ts'
import { brokerOptions } from '../broker-options.ts'
import type { RelayConfig } from '../config.ts'

/** @throws Refusal `file.unsound`, and what the file system says of a file that is not there */
export function kafkaOptions(
  config: RelayConfig,
  log: Digest,
  registry: KafkaOptions['registry'],
): Omit<KafkaOptions, 'kept'> {
  const { prefix, replicas, from, compression } = config
  const own = { prefix, replicas, from, compression, writer: newTokenId() }
  return { ...brokerOptions(config), ...own, log, registry }
}

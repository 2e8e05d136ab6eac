/** Expected failures of topics: the relay, the intake, what trading came to. */
import { type FaultRow, row } from './row.ts'

export const TOPICS = {
  'intake.other-cluster': row(
    409,
    'FAILED_PRECONDITION',
    'Topic {topic} was read from cluster {known}, and the brokers are of cluster {cluster}. Nothing more is read. Connect to the cluster that is meant; or, if the topic has moved, say where to go on: asof offsets DATASET --topic {topic} --cluster {cluster} --move PARTITION:OFFSET --reason TEXT.',
  ),
  'intake.expired': row(
    409,
    'DATA_LOSS',
    'Partition {partition} of {topic} begins at offset {low}, and reading goes on at {next}: the broker has deleted what is between them. Nothing more of the topic is read. Bring what is missing from elsewhere, and accept the gap: asof offsets {dataset} --topic {topic} --move {partition}:{low} --reason TEXT.',
  ),
  'intake.made-anew': row(
    409,
    'DATA_LOSS',
    'Partition {partition} of {topic} is not the one that was read before: {why}. Somebody deleted the topic and made it anew, or the brokers lost messages. Nothing more of it is read. If it is to be read anew: asof offsets {dataset} --topic {topic} --move {partition}:0 --reason TEXT.',
  ),
  'intake.unreadable': row(422, 'FAILED_PRECONDITION', 'Messages of {topic} cannot be read: {problem}.'),
  'execution.unknown-model': row(
    404,
    'NOT_FOUND',
    'No prediction of model {model} stands in the log. asof at now registry lists the models that there are.',
  ),
  'execution.columns': row(
    422,
    'FAILED_PRECONDITION',
    'Data set {dataset} has no column {column}. Fills have quantity, price and fee; positions have quantity and equity. Name the data sets that have them (--fills, --positions).',
  ),
  'execution.currency': row(
    422,
    'FAILED_PRECONDITION',
    'Column {column} of {fills} is in {found}, and the model trades {dataset}, whose prices are in {wanted}: a difference between the two would count as slippage. Send fills in {wanted}, or declare the unit that they have.',
  ),
  'intake.no-topic': row(
    404,
    'NOT_FOUND',
    'Nothing of topic {topic} was read into {dataset} yet. Check the name (asof offsets {dataset} lists its topics); or name the cluster too (--cluster), and reading begins where you say.',
  ),
  'topic.malformed': row(
    422,
    'INVALID_ARGUMENT',
    "A message is not in the registry's wire format: {problem}. Check who else writes to the topic, and which registry this program reads.",
  ),
  'topic.differs': row(
    409,
    'FAILED_PRECONDITION',
    'Topic {topic} has {found}, and the relay needs {wanted}. Make it so where nobody has published to it, or give the relay another prefix (relay.prefix).',
  ),
  'topic.incompatible': row(
    409,
    'FAILED_PRECONDITION',
    'Schema {subject} in the registry cannot be followed by that of this release: {problem}. Nothing is published. Use a release that writes what its readers can read, or register the schema under another name.',
  ),
  'topic.schema-refused': row(
    409,
    'FAILED_PRECONDITION',
    'The schema registry refuses {subject}: {problem}. Nothing is published; set its compatibility to BACKWARD there, or use the registry that knows it.',
  ),
  'relay.ahead': row(
    409,
    'DATA_LOSS',
    'The broker holds what was published up to position {next}, and the log ends at {head}: the log was restored from an older copy, or lost events. Restore the newer log, or publish this one under another prefix (relay.prefix).',
  ),
  'relay.other-log': row(
    409,
    'DATA_LOSS',
    'Event {position} of this log is not the one that was published under that position: the log was restored from an older copy and went on, or is a copy. Nothing more is published. Restore the log that was published, or publish this one under another prefix (relay.prefix).',
  ),
  'relay.second': row(
    409,
    'ABORTED',
    'Another relay publishes this log: it left off before position {found}, and this one before {own}. This one has stopped; stop the other, and start again.',
  ),
  'relay.cursor-lost': row(
    409,
    'FAILED_PRECONDITION',
    'Topics with the prefix {prefix} hold messages, and the broker does not know up to where log {log} is published: they are of another log, or the broker forgot. Give the relay a prefix of its own (relay.prefix); or, if they are of this log, say where to go on (relay.from): consumers drop what they have seen.',
  ),
  'oms.behind': row(
    503,
    'UNAVAILABLE',
    'The prediction at position {position} rests on a message about {topic} at position {wanted}, which has not come. It is not acted on; check the topic, and start again.',
  ),
  'relay.registry': row(
    500,
    'FAILED_PRECONDITION',
    "Asof's own schema registry does not come up: {problem}. Set relay.registryPort to another port, or restore the file from a copy; or name a registry that is there (relay.registry).",
  ),
} as const satisfies Record<string, FaultRow>

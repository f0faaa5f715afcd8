/// The Engine's choices as values of flags: spelled as in YAML, listed in help.
import ArgumentParser
import Engine

extension Precision: ExpressibleByArgument {}
extension ScorePrecision: ExpressibleByArgument {}
extension ProjectionType: ExpressibleByArgument {}
extension ProjectionScale: ExpressibleByArgument {}
extension ProjectionTarget: ExpressibleByArgument {}
extension LossFunction: ExpressibleByArgument {}
extension LossReduction: ExpressibleByArgument {}
extension NormalizerKind: ExpressibleByArgument {}
extension Aggregation: ExpressibleByArgument {}
extension EigenvalueInversion: ExpressibleByArgument {}
extension ScoreKind: ExpressibleByArgument {}
extension CandidateDirection: ExpressibleByArgument {}
extension HessianMethod: ExpressibleByArgument {}
extension HessianPrecision: ExpressibleByArgument {}

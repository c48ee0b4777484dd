// The table of the config file, for whoever reads, publishes or shows it.
#pragma once

#include "host/wiring/config.hpp"
#include "host/wiring/reader.hpp"

namespace nova::reader {

// Every key of the file, with the rules that one object's keys state among themselves.
const Table<Config>& config_table();

Value<SignalSpec> signal_value();
Value<PolicySpec> policy_value();
Value<GroupSpec> group_value();
Value<GroupSpec> offers_value();
Value<BudgetSpec> budget_value();
Value<OwnedCommitment> commitment_value();

}  // namespace nova::reader

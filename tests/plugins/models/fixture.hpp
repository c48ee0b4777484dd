// Reads the fixtures that make_fixtures.R wrote: tables of texts and numbers by column name.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace nova::fixture {

struct Table {
  std::vector<std::string> names;
  std::vector<std::map<std::string, std::string>> rows;

  // "" = NaN
  double number(std::size_t row, const std::string& name) const {
    const auto& text = rows.at(row).at(name);
    return text.empty() ? std::nan("") : std::stod(text);
  }
  std::vector<double> column(const std::string& name) const {
    std::vector<double> out;
    for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(number(i, name));
    return out;
  }
};

inline Table read(const std::string& file) {
  std::ifstream in(std::string(NOVA_SOURCE_DIR) + "/tests/plugins/models/fixtures/" + file);
  Table table;
  std::string line, cell;
  for (bool head = true; std::getline(in, line); head = false) {
    std::istringstream cells(line + ",");
    std::map<std::string, std::string> row;
    for (std::size_t i = 0; std::getline(cells, cell, ','); ++i) {
      if (head)
        table.names.push_back(cell);
      else
        row[table.names.at(i)] = cell;
    }
    if (!head) table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) ADD_FAILURE() << file << ": empty or missing";
  return table;
}

}  // namespace nova::fixture

// A table for people: columns two spaces apart, as wide as their widest cell; the last is ragged.
#pragma once

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <string>
#include <vector>

namespace nova::cli {

// `align`: one letter a column, 'l' or 'r'; every row has as many cells.
inline void print_rows(std::ostream& out, const std::vector<std::vector<std::string>>& rows,
                       const std::string& align) {
  std::vector<std::size_t> widths(align.size(), 0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool last = c + 1 == row.size();
      out << (align[c] == 'r' ? std::right : std::left)
          << std::setw(last && align[c] == 'l' ? 0 : static_cast<int>(widths[c])) << row[c]
          << (last ? "\n" : "  ");
    }
}

}  // namespace nova::cli

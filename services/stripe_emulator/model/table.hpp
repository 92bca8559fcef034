// Rows of one kind in the order of their making, found by id. References stay good while rows are added.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace quittance::stripe_emulator {

template <class Row>
class Table {
  public:
    Row& add(Row row) {
        positions_.emplace(row.id, first_ + rows_.size());
        rows_.push_back(std::move(row));
        return rows_.back();
    }

    Row* find(std::string_view id) {
        const auto found = positions_.find(std::string(id));
        return found == positions_.end() ? nullptr : &rows_[found->second - first_];
    }
    const Row* find(std::string_view id) const { return const_cast<Table*>(this)->find(id); }

    // Forgets the oldest rows beyond `most`.
    void keep_newest(std::size_t most) {
        while (rows_.size() > most) {
            positions_.erase(rows_.front().id);
            rows_.pop_front();
            ++first_;
        }
    }

    const std::deque<Row>& rows() const { return rows_; }
    std::deque<Row>& rows() { return rows_; }
    std::size_t size() const { return rows_.size(); }

    // The index of a row in rows(); only for an id that find() knows.
    std::size_t index_of(const std::string& id) const { return positions_.at(id) - first_; }

  private:
    std::deque<Row> rows_;
    std::unordered_map<std::string, std::size_t> positions_;
    std::size_t first_ = 0;  // the position of rows_.front() counted from the very first row
};

}  // namespace quittance::stripe_emulator

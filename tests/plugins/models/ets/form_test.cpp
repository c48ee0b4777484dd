// Goal: every admissible form has a name that leads back to it, and nothing else does.
#include "plugins/models/ets/form.hpp"

#include <gtest/gtest.h>

namespace ets_form_test {

using namespace nova::ets;

TEST(EtsForm, NamesLeadBack) {
  int forms = 0;
  for (const char* name : {"ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA", "MNN", "MAN", "MAdN", "MNA",
                           "MAA", "MAdA", "MNM", "MAM", "MAdM"}) {
    const auto form = Form::parse(name);
    ASSERT_TRUE(form) << name;
    EXPECT_EQ(form->name(), name);
    ++forms;
  }
  EXPECT_EQ(forms, 15);
}

TEST(EtsForm, OthersAreNone) {
  for (const char* name : {"", "A", "ANM", "AAM", "AAdM", "MMN", "ANNN", "ann", "ZZZ", "AdN"})
    EXPECT_FALSE(Form::parse(name)) << name;
}

TEST(EtsForm, ASpecTellsItsSeasonsLogarithmsAndErrors) {
  Spec spec{{false, Trend::damped, Season::additive}, {24, 168}, true, true};
  EXPECT_EQ(spec.name(), "log AAdA[24,168] with AR(1) errors");
  EXPECT_TRUE(spec.linear());
  EXPECT_FALSE((Spec{{true, Trend::none, Season::none}}).linear());
  EXPECT_EQ(Spec{}.name(), "ANN");
}

}  // namespace ets_form_test

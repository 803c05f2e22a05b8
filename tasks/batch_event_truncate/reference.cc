#include <kernelevolve/reference.h>

template <typename real>
void batch_event_truncate(const ke_call& call) {
  const int64_t lists = ke::extent(call.inputs[0], 0) - 1;
  const int64_t events = ke::extent(call.inputs[1], 0) - 1;
  const int64_t items = ke::extent(call.inputs[2], 0);
  const int64_t* outer = ke::input<int64_t>(call, 0);
  const int64_t* inner = ke::input<int64_t>(call, 1);
  const real* values = ke::input<real>(call, 2);
  const int64_t max_events = static_cast<int64_t>(ke::attribute(call, 0));
  int64_t* new_outer = ke::output<int64_t>(call, 0);
  int64_t* new_inner = ke::output<int64_t>(call, 1);
  real* new_values = ke::output<real>(call, 2);
  int64_t event = 0, item = 0;
  for (int64_t list = 0; list < lists; ++list) {
    new_outer[list] = event;
    const int64_t end = min(outer[list + 1], outer[list] + max_events);
    for (int64_t e = outer[list]; e < end; ++e) {
      new_inner[event++] = item;
      for (int64_t i = inner[e]; i < inner[e + 1]; ++i) {
        new_values[item++] = values[i];
      }
    }
  }
  new_outer[lists] = event;
  for (; event <= events; ++event) new_inner[event] = item;
  for (; item < items; ++item) new_values[item] = 0;
}

KE_REFERENCE(batch_event_truncate)

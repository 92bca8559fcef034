// Boost.URL, compiled here once. Debian's library of it would be one more package to build with and to run with.
#include <boost/url/src.hpp>

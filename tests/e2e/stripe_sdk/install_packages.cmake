# Installs the npm packages of package.json into PACKAGES, unless they are there already for the very same manifest.
file(READ ${MANIFEST} wanted)
set(installed "")
if(EXISTS ${PACKAGES}/installed.json)
  file(READ ${PACKAGES}/installed.json installed)
endif()
if(wanted STREQUAL installed)
  message(STATUS "the packages are there")
  return()
endif()
file(MAKE_DIRECTORY ${PACKAGES})
file(WRITE ${PACKAGES}/package.json "${wanted}")
# The CLI's binary is a package of its own; its install script would only download it again.
execute_process(COMMAND ${NPM} install --ignore-scripts --no-audit --no-fund --no-package-lock
  WORKING_DIRECTORY ${PACKAGES} RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "npm install failed: ${result}")
endif()
file(WRITE ${PACKAGES}/installed.json "${wanted}")

# Installs the npm packages of package.json into PACKAGES, as package-lock.json pins them, unless they are there already
# for the very same manifest and lock file.
get_filename_component(folder ${MANIFEST} DIRECTORY)
file(READ ${MANIFEST} wanted)
file(READ ${folder}/package-lock.json locked)
set(installed "")
if(EXISTS ${PACKAGES}/installed.json)
  file(READ ${PACKAGES}/installed.json installed)
endif()
if("${wanted}${locked}" STREQUAL installed)
  message(STATUS "the packages are there")
  return()
endif()
file(MAKE_DIRECTORY ${PACKAGES})
file(WRITE ${PACKAGES}/package.json "${wanted}")
file(WRITE ${PACKAGES}/package-lock.json "${locked}")
# The CLI's binary is a package of its own; its install script would only download it again. `npm ci` would want all
# systems' binaries in the lock file.
execute_process(COMMAND ${NPM} install --ignore-scripts --no-audit --no-fund
  WORKING_DIRECTORY ${PACKAGES} RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "npm install failed: ${result}")
endif()
file(WRITE ${PACKAGES}/installed.json "${wanted}${locked}")
